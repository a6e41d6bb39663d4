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
	if since < end {
		b.Since = instant(since)
	}
	raw, cut := s.cutSum(start, end)
	measured := raw.measured
	if since > start {
		measured = s.sum(since, end).measured
	}
	b.Raw = d.account(raw, measured, max(0, end-max(start, since)))
	b.set(b.Raw)
	if b.Corrected = s.touched(start, end); b.Corrected {
		sum := s.amend(raw, cut, start, end)
		b.set(d.account(sum, s.measuredOf(sum, start, end), s.lived(start, end)))
	}
	return b
}

// account computes an account from what a window adds up to, and how much of
// the life in it was measured.
func (d *declared) account(sum sums, measured, life int64) Account {
	var a Account
	if sum.measured > 0 {
		d.fill(&a, sum)
	}
	if life > 0 {
		a.Measured, a.Life = time.Duration(measured)*time.Millisecond, time.Duration(life)*time.Millisecond
		a.Coverage = number(float64(measured) / float64(life))
	}
	return a
}

// fill fills in the numbers of what was measured.
func (d *declared) fill(a *Account, sum sums) {
	bad, total := int64(sum.bad), int64(sum.total)
	a.Total, a.Bad = number(sum.total.Events()), number(sum.bad.Events())
	a.Budget = number(quotient(total, d.budget.num, 0, 0, 100, d.budget.den))
	if total == 0 {
		return
	}
	a.ErrorRatio = number(float64(bad) / float64(total))
	a.Spent = number(quotient(bad, d.budget.den, 0, 0, total, d.budget.num))
	a.Remaining = number(quotient(total, d.budget.num, bad, d.budget.den, total, d.budget.num))
}

// set makes an account the balance's own.
func (b *Balance) set(a Account) {
	b.Measured, b.Life, b.Coverage = a.Measured, a.Life, a.Coverage
	b.Total, b.Bad, b.ErrorRatio = a.Total, a.Bad, a.ErrorRatio
	b.Budget, b.Spent, b.Remaining = a.Budget, a.Spent, a.Remaining
}

// burn returns the error ratio over a lookback ÷ (1 − target); nil without
// events in it, and when less than half of the part of it that lies in the
// objective's life was measured. It is corrected.
func (d *declared) burn(s *series, end int64, lookback time.Duration) *float64 {
	if s == nil || s.since == 0 || s.since >= end {
		return nil
	}
	start := end - millis(lookback)
	sum, measured := s.accounted(start, end)
	life := s.lived(start, end)
	if sum.total == 0 || 2*measured < life {
		return nil
	}
	return number(quotient(int64(sum.bad), d.budget.den, 0, 0, int64(sum.total), d.budget.num))
}

func number(f float64) *float64 { return &f }
