package main

import (
	"time"

	"headroom/api/apitest"
	"headroom/budget"
	"headroom/budget/report"
)

// book is a ledger with the statuses of apitest, now and at all times.
type book struct{}

func (book) Statuses(time.Time) []budget.Status   { return apitest.Statuses() }
func (book) StatusesAt(time.Time) []budget.Status { return apitest.Statuses() }

func (book) Sum(_ budget.Key, from, to time.Time) budget.Sum {
	return budget.Sum{Bad: budget.CountOf(to.Sub(from).Hours()), Total: budget.CountOf(10_000), Measured: to.Sub(from), Since: apitest.Now().AddDate(-1, 0, 0)}
}

// scriptReport makes reports for scripts.
func scriptReport(p report.Period, s report.Scope) (report.Report, error) {
	return report.Build(report.Options{Ledger: book{}, Period: p, Scope: s, Now: apitest.Now()})
}
