// Package slotest reads tests of objectives: documents of the kind test, in
// files slo.test.yaml or *.slo.test.yaml next to the specs that they test. A
// test states traffic, or series, and what budgets and alerts shall make of it.
// Package internal/trial runs them.
package slotest
