package report

import (
	"time"

	"headroom/budget"
)

type builder struct {
	Options
	at     time.Time
	before map[statusKey]budget.Status

	corrections []*counting
}

// judged is an item together with what it was made from.
type judged struct {
	Item
	status budget.Status
	key    budget.Key
	period budget.Sum
}

// Gaps are worth a line from these on.
const (
	minCoverage = 0.99
	minMissing  = 5 * time.Minute
)

func (b *builder) judge(s budget.Status) judged {
	o := s.Objective
	j := judged{
		status: s,
		key:    budget.Key{SLO: o.ID, SLI: o.SLI(), Group: s.Group},
		Item: Item{
			ID: o.ID, Group: s.Group, Owner: clean(o.Owner), Target: o.Target, Window: o.Window.String(),
			Data: s.Data, Reason: clean(s.Reason), Remaining: s.Balance.Remaining, Was: NotMeasured,
		},
	}
	if before, found := b.before[keyOf(s)]; found {
		j.Was, j.Before = formerStanding(before), before.Balance.Remaining
	}
	b.readPeriod(&j)
	b.correct(&j)
	j.Standing = b.standing(&j)
	if j.Standing == NotMeasured || j.Standing == NoTraffic {
		j.Remaining, j.Spent, j.Burn, j.Lookback = nil, nil, nil, ""
	}
	return j
}

// end is where what is known of the period ends.
func (b *builder) end(j *judged) time.Time {
	if end := j.status.Balance.End; end.Before(b.Period.End) {
		return end
	}
	return b.Period.End
}

// readPeriod fills in what the period did.
func (b *builder) readPeriod(j *judged) {
	end := b.end(j)
	j.period = b.Ledger.Sum(j.key, b.Period.Start, end)
	if budgeted := j.status.Balance.Budget; budgeted != nil && *budgeted > 0 && j.period.Measured > 0 {
		spent := j.period.Bad.Events() / *budgeted
		j.Spent = &spent
	}
	life := b.Ledger.Account(j.ID, j.Group, b.Period.Start, end)
	j.Coverage, j.Missing = life.Coverage, max(0, (life.Life-life.Measured).Seconds())
}

// standing judges what is known. What is over stays so when its data fails:
// silence must not acquit. Otherwise unknown data is never good.
func (b *builder) standing(j *judged) Standing {
	s := j.status
	known := s.Data == budget.DataOK || s.Data == budget.DataYoung
	switch {
	case s.State == budget.StateExhausted:
		return Over
	case s.Data == budget.DataNoTraffic:
		return NoTraffic
	case !known || s.State == budget.StateUnknown:
		return NotMeasured
	case b.soon(j):
		return Soon
	case s.Data == budget.DataYoung:
		return Young
	case s.State == budget.StateCaution:
		return Caution
	default:
		return Healthy
	}
}

// formerStanding is what a past status was, as far as one status tells.
func formerStanding(s budget.Status) Standing {
	switch s.State {
	case budget.StateExhausted:
		return Over
	case budget.StateCaution:
		return Caution
	case budget.StateHealthy:
		return Healthy
	default:
		return NotMeasured
	}
}

func (j judged) decide() bool { return j.Standing == Over || j.Standing == Soon }

// better reports whether a budget has left a worse standing behind.
func (j judged) better() bool {
	switch j.Was {
	case Over:
		return j.Standing == Caution || j.Standing == Healthy
	case Caution:
		return j.Standing == Healthy
	default:
		return false
	}
}

func (j judged) hasGap() bool {
	if j.Standing == NotMeasured || j.Coverage == nil {
		return false
	}
	return *j.Coverage < minCoverage && j.Missing > minMissing.Seconds()
}
