// Package past tells how the past windows of an objective ended: whether its
// target was met in each, and by how much.
package past

import (
	"time"

	"headroom/budget"
	"headroom/slo"
)

// Verdict says how a window ended.
type Verdict string

// The verdicts.
const (
	Met     Verdict = "met"     // no more than the budget was spent
	Missed  Verdict = "missed"  // more was
	Unknown Verdict = "unknown" // nothing happened, or less than budget.MinCoverage of the life in it was measured
)

// Window is one of the consecutive windows.
type Window struct {
	Start, End time.Time
	Running    bool           // it is not over: the verdict is of what was until now
	Partial    bool           // the objective's life began within it
	Verdict    Verdict        // by today's target and indicator, as corrected
	Corrected  bool           // whether corrections touch it
	Account    budget.Account // Remaining says by how much it was met (above 0) or missed (below)
}

// MaxWindows is how many windows are told at most.
const MaxWindows = 100

// Ledger is where windows are read from; *budget.Ledger is one.
type Ledger interface {
	Account(id slo.ID, g slo.Group, from, to time.Time) budget.Life
}

var _ Ledger = (*budget.Ledger)(nil)

// first is a Monday on which windows begin.
var first = time.Date(1970, time.January, 5, 0, 0, 0, 0, time.UTC)

// Windows returns the consecutive windows of an objective, the latest first, as
// far back as the ledger knows its present indicator and at most limit of them.
// Each is as long as the objective's rolling window. They lie where nothing that
// happens can move them: at whole multiples of their length since Monday, 5
// January 1970, 0:00 UTC, so that windows of whole weeks begin on a Monday. They
// therefore say something else than the rolling budget, which is judged at every
// moment.
func Windows(l Ledger, o *slo.Objective, g slo.Group, now time.Time, limit int) []Window {
	length := o.Window.Rolling
	limit = min(limit, MaxWindows)
	start := now.Add(-(now.Sub(first) % length)).UTC()
	if start.Equal(now) {
		start = start.Add(-length)
	}
	var list []Window
	for ; len(list) < limit; start = start.Add(-length) {
		end := start.Add(length)
		until := end
		if until.After(now) {
			until = now
		}
		life := l.Account(o.ID, g, start, until)
		if life.Since.IsZero() || !life.Since.Before(until) {
			break
		}
		list = append(list, Window{
			Start: start, End: end, Running: now.Before(end), Partial: life.Since.After(start),
			Verdict: verdict(life.Account), Corrected: life.Corrected, Account: life.Account,
		})
	}
	return list
}

func verdict(a budget.Account) Verdict {
	switch {
	case a.Remaining == nil || a.Coverage == nil || *a.Coverage < budget.MinCoverage:
		return Unknown
	case *a.Remaining < 0:
		return Missed
	default:
		return Met
	}
}
