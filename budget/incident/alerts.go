package incident

import (
	"context"
	"fmt"
	"sort"
	"time"

	"headroom/alerting"
	"headroom/budget"
	"headroom/slo"
)

// AlertSource says how the time of an alert is known.
type AlertSource string

// The sources.
const (
	// Recorded is what the metrics store's series ALERTS says.
	Recorded AlertSource = "recorded"
	// Computed is what the plan says of the slices, at most a resolution late;
	// for failures that come one by one, without bursts.
	Computed AlertSource = "computed"
)

// Alert is when somebody was told, or would have been.
type Alert struct {
	Severity alerting.Severity
	At       time.Time
	Source   AlertSource
}

// Firing is a time for which the metrics store recorded that an alert fires.
type Firing struct {
	Severity alerting.Severity
	Group    slo.Group
	At       time.Time
}

// Bounds of the query for alerts.
const (
	maxPoints = 10_000
	leastStep = time.Minute
)

// Firings reads when the alerts of an objective fired in (from, to], in order
// of time, from the series that expr selects: those named ALERTS of state
// firing, as rules.Alerts writes it. It is one query, of at most 10,000 steps.
func Firings(ctx context.Context, q budget.Querier, o *slo.Objective, expr string, from, to time.Time) ([]Firing, error) {
	step := max(leastStep, to.Sub(from)/maxPoints).Round(leastStep)
	series, err := q.Range(ctx, expr, from, to, step)
	if err != nil {
		return nil, fmt.Errorf("read the alerts of %s: %w", o.ID, err)
	}
	plan := alerting.NewPlan(o)
	var list []Firing
	for _, s := range series {
		severity, found := severityOf(plan, s.Labels)
		if !found {
			continue
		}
		g := groupOf(o, s.Labels)
		for _, p := range s.Points {
			list = append(list, Firing{Severity: severity, Group: g, At: instant(p.T)})
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].At.Before(list[j].At) })
	return list, nil
}

func severityOf(plan alerting.Plan, labels map[string]string) (alerting.Severity, bool) {
	for _, severity := range alerting.Severities() {
		if n := plan.Notice(severity); labels["alertname"] == n.Alert && labels["severity"] == n.Severity {
			return severity, true
		}
	}
	return "", false
}

func groupOf(o *slo.Objective, labels map[string]string) slo.Group {
	own := make(map[string]string, len(o.GroupBy))
	for _, name := range o.GroupBy {
		own[name] = labels[name]
	}
	return slo.NewGroup(own)
}

// Alerts returns the first alert of each severity of an incident of one group:
// as it was recorded, and otherwise computed from slices, which begin a long
// window before the incident. An alert may come up to Apart after its end, and
// a severity that did not fire has none.
func Alerts(o *slo.Objective, g slo.Group, in Incident, firings []Firing, list []budget.Slice) []Alert {
	latest := in.End.Add(Apart(o.Window.Rolling, o.Resolution))
	if alerts := recorded(g, in.Start, latest, firings); len(alerts) > 0 {
		return alerts
	}
	return compute(o, list, in.Start, latest)
}

func recorded(g slo.Group, from, to time.Time, firings []Firing) []Alert {
	var alerts []Alert
	for _, severity := range alerting.Severities() {
		for _, f := range firings {
			if f.Severity == severity && f.Group == g && !f.At.Before(from) && !f.At.After(to) {
				alerts = append(alerts, Alert{Severity: severity, At: f.At, Source: Recorded})
				break
			}
		}
	}
	return alerts
}

func compute(o *slo.Objective, list []budget.Slice, from, to time.Time) []Alert {
	plan := alerting.NewPlan(o)
	judge, sums := alerting.NewJudge(plan), newRunning(list)
	var alerts []Alert
	for _, severity := range alerting.Severities() {
		if plan.Notice(severity).Shadow {
			continue
		}
		first := sort.Search(len(list), func(i int) bool { return list[i].End > from.UnixMilli() })
		for i := first; i < len(list) && list[i].End <= to.UnixMilli(); i++ {
			counts := func(window time.Duration) (bad, total float64) { return sums.over(i, window) }
			if len(judge.Judge(severity, counts, alerting.MinDispersion).Fires) > 0 {
				alerts = append(alerts, Alert{Severity: severity, At: instant(list[i].End), Source: Computed})
				break
			}
		}
	}
	return alerts
}

// running are the sums of slices up to each of them.
type running struct {
	list       []budget.Slice
	bad, total []budget.Count // of the slices before the i-th
}

func newRunning(list []budget.Slice) running {
	r := running{list: list, bad: make([]budget.Count, len(list)+1), total: make([]budget.Count, len(list)+1)}
	for i, s := range list {
		r.bad[i+1], r.total[i+1] = r.bad[i]+s.Bad, r.total[i]+s.Total
	}
	return r
}

// over adds up the slices that end in the window before the end of the i-th.
func (r running) over(i int, window time.Duration) (bad, total float64) {
	from := r.list[i].End - window.Milliseconds()
	first := sort.Search(i+1, func(n int) bool { return r.list[n].End > from })
	return (r.bad[i+1] - r.bad[first]).Events(), (r.total[i+1] - r.total[first]).Events()
}
