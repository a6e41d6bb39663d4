// Package engine is the metrics store that headroom carries with it:
// Prometheus's own tsdb, scrape loops, PromQL engine, rule evaluation and
// notifier, used as libraries.
//
// An Engine runs on the wall clock: it scrapes targets, evaluates the compiled
// rules and sends alerts, so that one binary does the whole job on a laptop, in
// CI or for a small platform. A Lab is the same storage, PromQL and rule
// evaluation with the time given by the caller, for tests, benchmarks and
// backtests. Both answer queries as a budget.Querier.
package engine
