package budget

import (
	"time"
)

// staleAfter returns how long after the last slice a window still ends with
// it. Later it ends now, so that a ledger which is not fed loses coverage.
func staleAfter(resolution time.Duration) time.Duration { return 3*resolution + time.Minute }

// balance computes the account of one series at a time. A nil series is one
// without slices.
func (d *declared) balance(s *series, at int64) Balance {
	end, since := at, int64(0)
	if s != nil {
		since = s.since
		last := s.endBy(at)
		if last > 0 && last < since && since <= at {
			last = since // its first slice is not over
		}
		if last > 0 && at-last <= millis(staleAfter(d.o.Resolution)) {
			end = last
		}
	}
	start := end - millis(d.o.Window.Rolling)
	b := Balance{Start: instant(start), End: instant(end), Burn: map[time.Duration]*float64{}}
	for _, lookback := range BurnLookbacks() {
		b.Burn[lookback] = d.burn(s, end, lookback)
	}
	if since == 0 {
		return b
	}
	sum := s.sum(start, end)
	if sum.measured > 0 {
		d.account(&b, sum)
	}
	if since >= end {
		return b
	}
	measured, life := s.measured(start, end), end-max(start, since)
	b.Since = instant(since)
	b.Measured = time.Duration(measured) * time.Millisecond
	b.Life = time.Duration(life) * time.Millisecond
	b.Coverage = number(float64(measured) / float64(life))
	return b
}

// account fills in the numbers of what was measured.
func (d *declared) account(b *Balance, sum sums) {
	bad, total := int64(sum.bad), int64(sum.total)
	b.Total, b.Bad = number(sum.total.Events()), number(sum.bad.Events())
	b.Budget = number(quotient(total, d.budget.num, 0, 0, 100, d.budget.den))
	if total == 0 {
		return
	}
	b.ErrorRatio = number(float64(bad) / float64(total))
	b.Spent = number(quotient(bad, d.budget.den, 0, 0, total, d.budget.num))
	b.Remaining = number(quotient(total, d.budget.num, bad, d.budget.den, total, d.budget.num))
}

// burn returns the error ratio over a lookback ÷ (1 − target); nil without
// events in it, and when less than half of the part of it that lies in the
// objective's life was measured.
func (d *declared) burn(s *series, end int64, lookback time.Duration) *float64 {
	if s == nil || s.since == 0 || s.since >= end {
		return nil
	}
	start := end - millis(lookback)
	sum := s.sum(start, end)
	life := end - max(start, s.since)
	if sum.total == 0 || 2*s.measured(start, end) < life {
		return nil
	}
	return number(quotient(int64(sum.bad), d.budget.den, 0, 0, int64(sum.total), d.budget.num))
}

func number(f float64) *float64 { return &f }
