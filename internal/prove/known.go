package prove

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"headroom/budget"
	"headroom/internal/truth"
	"headroom/slo"
)

// answer is what the ledger said of a time when it was asked.
type answer struct {
	asked, at time.Time
	text      string
}

// remember asks, at each whole hour, about a time that was over an hour before.
func (k *keeper) remember() {
	if !k.now.Equal(k.now.Truncate(time.Hour)) {
		return
	}
	for _, d := range []time.Duration{0, k.Resolution, 7 * k.Resolution} {
		at := k.now.Add(-time.Hour - d)
		k.answers = append(k.answers, answer{k.now, at, text(k.ledger.StatusesAt(at))})
	}
}

// text writes down all that statuses say of balances.
func text(list []budget.Status) string {
	type line struct {
		Group   string
		Balance budget.Balance
		Burn    map[string]*float64
		State   budget.State
	}
	lines := make([]line, len(list))
	for i, s := range list {
		lines[i] = line{s.Group.String(), s.Balance, map[string]*float64{}, s.State}
		for lookback, v := range s.Balance.Burn {
			lines[i].Burn[lookback.String()] = v
		}
		lines[i].Balance.Burn = nil
	}
	data, err := json.Marshal(lines)
	if err != nil {
		panic("prove: " + err.Error())
	}
	return string(data)
}

// compareKnown asks again, at the end, what was known then: also when something
// else is counted by now, and when it has been for a while.
func (k *keeper) compareKnown(ctx context.Context) (faults []Fault, err error) {
	other := *k.objective
	other.Indicator = slo.Ratio{Bad: slo.MustCounter("other_bad_total"), Total: slo.MustCounter("other_total")}
	for _, o := range []*slo.Objective{k.objective, &other, k.objective} {
		if err = k.ledger.SetObjectives(ctx, []*slo.Objective{o}, k.now); err != nil {
			return nil, err
		}
		again, err := k.askAgain(ctx)
		if faults = append(faults, again...); len(faults) > 0 || err != nil {
			return faults, err
		}
		k.now = k.now.Add(time.Minute)
	}
	return nil, nil
}

func (k *keeper) askAgain(ctx context.Context) ([]Fault, error) {
	var faults []Fault
	for _, a := range k.answers {
		list, err := k.ledger.StatusesKnown(ctx, a.at, a.asked)
		if err != nil {
			return nil, err
		}
		if got := text(list); got != a.text {
			faults = append(faults, Fault{a.asked, "", fmt.Sprintf("what was known then of %s, asked at %s", a.at.Format(time.TimeOnly), k.now.Format(time.TimeOnly)), a.text, got})
		}
	}
	return faults, nil
}

// compareTimes compares, at the end, the accounts of the days of a calendar and
// of other past times.
func (k *keeper) compareTimes(groups []*group) []Fault {
	berlin := Correction{Zone: "Europe/Berlin"}.location()
	var faults []Fault
	for _, g := range groups {
		raw, _ := k.bookOf(g)
		if raw.Since == 0 {
			continue
		}
		corrected := *raw
		k.correct(&corrected, g, k.now)
		first := at(0).In(berlin)
		midnight := time.Date(first.Year(), first.Month(), first.Day(), 0, 0, 0, 0, berlin)
		spans := []truth.Span{{From: at(k.steps(k.Length/3)).UnixMilli() + 1, To: at(k.steps(2*k.Length/3)).UnixMilli() - 1}}
		for day := range 3 {
			spans = append(spans, truth.Span{From: midnight.AddDate(0, 0, day).UnixMilli(), To: midnight.AddDate(0, 0, day+1).UnixMilli()})
		}
		for _, s := range spans {
			s.To = min(s.To, k.now.UnixMilli()) // what comes again is expanded no further
			if s.To <= max(raw.Since, s.From) {
				continue
			}
			life := k.ledger.Account(k.objective.ID, k.key(g).Group, time.UnixMilli(s.From), time.UnixMilli(s.To))
			c := &checking{at: k.now, group: g.name, where: fmt.Sprintf("of the time from %s to %s", time.UnixMilli(s.From).UTC(), time.UnixMilli(s.To).UTC())}
			a := corrected.Account(s)
			known := c.account(a, life.Account, k.watch().Budget)
			covered := truth.Answer{Must: true, May: true}
			if a.Measured > 0 && !known.May {
				known = a.Total.Above(0).And(covered)
			}
			c.spent(a, life.Account, k.watch().Budget, known)
			faults = append(faults, c.faults...)
		}
	}
	return faults
}
