package main

import (
	"math"

	"headroom/alerting"
	"headroom/slo"
)

// explanation is what explain says about one objective, as JSON and for the
// text. Durations are in PromQL's notation, those to compute with in seconds;
// what is not possible or not known is null.
type explanation struct {
	ID          slo.ID            `json:"id"`
	Place       slo.Place         `json:"place"`
	Description string            `json:"description"`
	Owner       string            `json:"owner"`
	Channel     string            `json:"channel"`
	Runbook     string            `json:"runbook"`
	Labels      map[string]string `json:"labels"`
	Target      slo.Target        `json:"target"`
	Window      string            `json:"window"`
	Resolution  string            `json:"resolution"`
	GroupBy     []string          `json:"group_by"`
	Formerly    []slo.ID          `json:"formerly"`
	Plan        string            `json:"plan,omitempty"` // name of the alert plan; none leaves the alerts to headroom
	Defaults    []string          `json:"defaults"`       // keys whose value is headroom's default, or that have none
	Sources     map[string]string `json:"sources"`        // where the value of a key comes from, as slo.Objective.Sources
	Counting    counting          `json:"counting"`
	Budget      allowance         `json:"budget"`
	Alerts      alerts            `json:"alerts"`
	Advice      []advice          `json:"advice"`
	Rules       ruleSummary       `json:"rules"`
}

// counting says how events are counted: what is good or bad, and all of it.
type counting struct {
	Kind  string   `json:"kind"`
	Bad   string   `json:"bad,omitempty"`
	Good  string   `json:"good,omitempty"`
	Total string   `json:"total"`
	Notes []string `json:"notes"` // sentences
	// Template says where the rest comes from; it is left out without one.
	Template *usedTemplate `json:"template,omitempty"`
}

// allowance is the error budget in what people can imagine.
type allowance struct {
	Ratio           string   `json:"ratio"`                   // 1 − target, exact
	OutageExhausts  float64  `json:"outage_exhausts_seconds"` // a full outage of this length uses up all of it
	EventsPerSecond *float64 `json:"events_per_second"`       // as given by --rate, or as observed
	Observed        bool     `json:"observed"`                // the rate was measured
	WindowEvents    *float64 `json:"window_events"`           // at that rate
	Events          *float64 `json:"events"`                  // that may be bad
	Highest         float64  `json:"highest_burn"`            // burn rate of a full outage: 1 ÷ ratio
}

func explain(o *slo.Objective, options explainOptions) (explanation, error) {
	plan := alerting.NewPlan(o)
	summary, err := summarize(o, plan, options)
	if err != nil {
		return explanation{}, err
	}
	rate, measured := options.rateOf(o)
	budget := budgetOf(o, rate)
	budget.Observed = measured
	e := explanation{
		ID: o.ID, Place: o.Place, Description: o.Description, Owner: o.Owner, Channel: o.Channel, Runbook: o.Runbook,
		Labels: o.Labels, Target: o.Target, Window: o.Window.String(), Resolution: slo.FormatDuration(o.Resolution),
		GroupBy: orEmpty(o.GroupBy), Formerly: orEmpty(o.Formerly), Defaults: defaultsOf(o), Counting: countingOf(o),
		Budget: budget, Alerts: alertsOf(o, plan), Rules: summary, Sources: o.Sources, Advice: append(adviceOn(o, plan, budget), costAdvice(o, summary, options)...),
	}
	if o.Plan != nil {
		e.Plan = o.Plan.Name
	}
	if e.Labels == nil {
		e.Labels = map[string]string{}
	}
	return e, nil
}

// orEmpty makes JSON say [] rather than null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// defaultsOf lists the keys that need not have been written.
func defaultsOf(o *slo.Objective) []string {
	keys := []string{}
	add := func(is bool, key string) {
		if is {
			keys = append(keys, key)
		}
	}
	for _, key := range []string{"namespace", "window", "resolution"} {
		add(o.Sources[key] == slo.SourceHeadroom, key)
	}
	add(o.Owner == "", "owner")
	add(o.Channel == "", "channel")
	add(o.Runbook == "", "runbook")
	add(len(o.Labels) == 0, "labels")
	add(len(o.GroupBy) == 0, "group")
	add(len(o.Formerly) == 0, "formerly")
	return keys
}

func budgetOf(o *slo.Objective, rate float64) allowance {
	ratio := o.Target.Budget()
	a := allowance{
		Ratio:          o.Target.BudgetString(),
		OutageExhausts: math.Round(o.Window.Rolling.Seconds() * ratio),
		Highest:        1 / ratio,
	}
	if rate > 0 {
		total := rate * o.Window.Rolling.Seconds()
		bad := total * ratio
		a.EventsPerSecond, a.WindowEvents, a.Events = &rate, &total, &bad
	}
	return a
}
