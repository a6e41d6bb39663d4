// Package trial runs tests of objectives: it gives the compiled rules the
// series that a test states, in the embedded engine at times of its own, and
// holds what comes out against what was expected. Budgets are the ledger's.
package trial
