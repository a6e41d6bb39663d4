// Package budget keeps the ledger of every error budget: slices of measured
// time, the balances computed from them, and the states that follow. It reads
// metrics stores through the Querier interface and keeps slices in a Store.
package budget
