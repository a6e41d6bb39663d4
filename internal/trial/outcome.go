package trial

import (
	"context"
	"fmt"
	"math"
	"time"

	"headroom/budget"
	"headroom/rules"
	"headroom/slo"
	"headroom/slo/slotest"
)

// Outcome is what became of one case.
type Outcome struct {
	Case         *slotest.Case
	Failures     []Failure
	Alerts       []Alert // every firing, by time
	Measurements []Measurement
	Elapsed      time.Duration // of the run, not of the test
}

// Passed reports whether everything was as expected.
func (o *Outcome) Passed() bool { return len(o.Failures) == 0 }

// Failure is one thing that was not as expected.
type Failure struct {
	Place    slo.Place
	What     string // "remaining at 2h"
	Expected string
	Got      string
}

// Alert is one firing of one alert. Times count from the start of the test.
type Alert struct {
	Name     string
	Severity string
	Group    slo.Group
	Fires    time.Duration
	Resolves *time.Duration // nil while it fires at the end of the test
	Summary  string
}

// Measurement is what the ledger says about one group at a time.
type Measurement struct {
	At     time.Duration
	Group  slo.Group
	Status budget.Status
	// Live is what the rules alone say is left of the budget; nil when they say
	// nothing.
	Live *float64

	burn map[time.Duration]budget.Sum
}

// measure asks the ledger and the rules at a time.
func (t *trial) measure(ctx context.Context, at time.Duration, out *Outcome) error {
	statuses, err := t.books.tick(ctx, at)
	if err != nil {
		return err
	}
	live, err := t.live(ctx, at)
	if err != nil {
		return err
	}
	for _, s := range statuses {
		m := Measurement{At: at, Group: s.Group, Status: s, burn: map[time.Duration]budget.Sum{}}
		if v, ok := live[s.Group]; ok {
			m.Live = &v
		}
		for i := range t.c.Expect {
			for _, l := range append(t.c.Expect[i].Burn, t.c.Expect[i].Ratio...) {
				m.burn[l.Window] = t.books.sum(s.Group, s.Balance.End, l.Window)
			}
		}
		out.Measurements = append(out.Measurements, m)
	}
	return nil
}

// live returns what the rules say is left of the budget of each group.
func (t *trial) live(ctx context.Context, at time.Duration) (map[slo.Group]float64, error) {
	o := t.c.Objective
	query := fmt.Sprintf("last_over_time(%s{slo=%q,sli=%q}[%dms])", rules.MetricRemaining, o.ID.String(), o.SLI(), (3 * o.Resolution).Milliseconds())
	list, err := t.lab.Instant(ctx, query, Start().Add(at))
	if err != nil {
		return nil, err
	}
	live := map[slo.Group]float64{}
	for _, s := range list {
		if len(s.Points) == 1 && !math.IsNaN(s.Points[0].V) {
			live[groupOf(o, s.Labels)] = s.Points[0].V
		}
	}
	return live, nil
}

// groupOf returns the group that labels name.
func groupOf(o *slo.Objective, labels map[string]string) slo.Group {
	own := map[string]string{}
	for _, name := range o.GroupBy {
		own[name] = labels[name]
	}
	return slo.NewGroup(own)
}

// alerts returns every firing in the times of the test.
func (t *trial) alerts() []Alert {
	var list []Alert
	for _, a := range t.lab.Alerts() {
		alert := Alert{
			Name: a.Name, Severity: a.Labels["severity"], Group: groupOf(t.c.Objective, a.Labels),
			Fires: a.FiredAt.Sub(Start()), Summary: a.Annotations["summary"],
		}
		if !a.ResolvedAt.IsZero() {
			resolved := a.ResolvedAt.Sub(Start())
			alert.Resolves = &resolved
		}
		list = append(list, alert)
	}
	return list
}
