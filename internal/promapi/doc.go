// Package promapi speaks to an external Prometheus, or to what answers its API:
// a Client asks it as a budget.Querier, a Delivery gives it rules by writing a
// file and having it reloaded.
package promapi
