package report

import (
	"time"

	"headroom/budget"
)

type builder struct {
	Options
	at     time.Time
	before map[statusKey]budget.Status
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

// leastLife is how old an objective must be for its burn to be extrapolated.
const leastLife = 7 * 24 * time.Hour

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
	j.Standing = b.standing(&j)
	if j.Standing == NotMeasured || j.Standing == NoTraffic {
		j.Remaining, j.Spent, j.Burn = nil, nil, nil
	}
	return j
}

// readPeriod fills in what the period did.
func (b *builder) readPeriod(j *judged) {
	end := b.Period.End
	if j.status.Balance.End.Before(end) {
		end = j.status.Balance.End
	}
	j.period = b.Ledger.Sum(j.key, b.Period.Start, end)
	if budgeted := j.status.Balance.Budget; budgeted != nil && *budgeted > 0 && j.period.Measured > 0 {
		spent := j.period.Bad.Events() / *budgeted
		j.Spent = &spent
	}
	start := b.Period.Start
	if j.period.Since.After(start) {
		start = j.period.Since
	}
	if life := end.Sub(start); life > 0 && !j.period.Since.IsZero() {
		coverage := min(1, float64(j.period.Measured)/float64(life))
		j.Coverage = &coverage
		j.Missing = max(0, (life - j.period.Measured).Seconds())
	}
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
