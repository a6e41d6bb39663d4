// Package app is the service: it puts the parts together, starts them in
// order, keeps specs, rules and ledger current, and stops everything cleanly.
package app
