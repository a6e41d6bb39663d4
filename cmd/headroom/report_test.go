package main

import (
	"time"

	"headroom/api/apitest"
	"headroom/budget"
	"headroom/budget/report"
	"headroom/slo"
)

// book is a ledger with the statuses of apitest, now and at all times.
type book struct{}

func (book) Statuses(time.Time) []budget.Status   { return apitest.Statuses() }
func (book) StatusesAt(time.Time) []budget.Status { return apitest.Statuses() }

func (book) Sum(_ budget.Key, from, to time.Time) budget.Sum {
	return budget.Sum{Bad: budget.CountOf(to.Sub(from).Hours()), Total: budget.CountOf(10_000), Measured: to.Sub(from), Since: apitest.Now().AddDate(-1, 0, 0)}
}

func (b book) RawSum(k budget.Key, from, to time.Time) budget.Sum { return b.Sum(k, from, to) }

func (b book) Account(_ slo.ID, _ slo.Group, from, to time.Time) budget.Life {
	sum := b.Sum(budget.Key{}, from, to)
	return budget.Life{
		Account: budget.Account{Measured: sum.Measured, Life: sum.Measured, Coverage: new(1.0), Total: new(sum.Total.Events()), Bad: new(sum.Bad.Events())},
		Since:   sum.Since,
	}
}

func (book) Remainders(budget.Key, time.Time, time.Time) []budget.Remainder { return nil }

func (book) RemaindersUntil(budget.Key, time.Time, time.Time, time.Time) []budget.Remainder {
	return nil
}

// scriptReport makes reports for scripts.
func scriptReport(p report.Period, s report.Scope) (report.Report, error) {
	return report.Build(report.Options{Ledger: book{}, Period: p, Scope: s, Now: apitest.Now()})
}
