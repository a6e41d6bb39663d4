package v1

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"headroom/alerting"
	"headroom/budget"
	"headroom/slo"
)

// NewSLO writes a status of the ledger as the API's SLO. NaN and infinities,
// which JSON cannot say, are unknown.
func NewSLO(s budget.Status) SLO {
	o, b := s.Objective, s.Balance
	lookback := func(d time.Duration) *float64 { return finite(b.Burn[d]) }
	measured := b.Measured
	if b.Corrected {
		measured = b.Raw.Measured // excluded time was measured, too
	}
	return SLO{
		ID: o.ID, Group: s.Group, Owner: o.Owner, Labels: o.Labels, Target: o.Target, Window: o.Window.String(),
		Data: s.Data, BudgetState: s.State,
		Coverage: finite(b.Coverage), Total: finite(b.Total), Bad: finite(b.Bad), ErrorRatio: finite(b.ErrorRatio),
		Budget:    Budget{Events: finite(b.Budget), Spent: finite(b.Spent), Remaining: finite(b.Remaining)},
		Burn:      Burn{Hour: lookback(time.Hour), SixHours: lookback(6 * time.Hour), ThreeDays: lookback(72 * time.Hour)},
		Measured:  budget.Measured(measured, o.Window.Rolling),
		Corrected: b.Corrected, Raw: newAccount(b),
		Since: instant(b.Since), At: s.At.UTC(), Through: instant(s.Through), Stale: s.Stale(), Reason: s.Reason, Formerly: o.Formerly, Backfill: finite(s.Backfill),
	}
}

// Reading says how far the history of a new objective is read, "" when it is
// read whole.
func (s SLO) Reading() string {
	if s.Backfill == nil {
		return ""
	}
	if *s.Backfill == 0 {
		return "its history is not read yet"
	}
	return fmt.Sprintf("its history is being read: %d%% of %s", int(100**s.Backfill), s.Window)
}

// Behind says how far the data reach, "" when they are as new as they can be.
func (s SLO) Behind() string {
	if !s.Stale || s.Through == nil {
		return ""
	}
	return "its data end at " + s.Through.UTC().Format("2006-01-02 15:04Z")
}

// newAccount writes what a corrected balance is without its corrections.
func newAccount(b budget.Balance) *Account {
	if !b.Corrected {
		return nil
	}
	r := b.Raw
	return &Account{
		Coverage: finite(r.Coverage), Total: finite(r.Total), Bad: finite(r.Bad), ErrorRatio: finite(r.ErrorRatio),
		Budget: Budget{Events: finite(r.Budget), Spent: finite(r.Spent), Remaining: finite(r.Remaining)},
	}
}

// NewObjective writes a declaration with its alert plan and the statuses of its
// groups.
func NewObjective(o *slo.Objective, statuses []SLO) Objective {
	labels := maps.Clone(o.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	datasource := ""
	if len(statuses) > 0 {
		datasource = statuses[0].Datasource
	}
	return Objective{
		Datasource: datasource,
		ID:         o.ID, Description: o.Description, Owner: o.Owner, Channel: o.Channel, Runbook: o.Runbook, Labels: labels,
		Target: o.Target, Window: o.Window.String(), Resolution: slo.FormatDuration(o.Resolution),
		Indicator: newIndicator(o.Indicator),
		GroupBy:   append([]string{}, o.GroupBy...), Formerly: append([]slo.ID{}, o.Formerly...),
		Place: o.Place, SLI: o.SLI(), Spec: o.SpecHash(),
		Alerts: newAlerts(alerting.NewPlan(o)), Statuses: append([]SLO{}, statuses...),
	}
}

func newAlerts(plan alerting.Plan) []Alert {
	alerts := make([]Alert, len(plan.Tiers))
	for i, t := range plan.Tiers {
		alerts[i] = Alert{
			Severity: t.Severity, Long: slo.FormatDuration(t.Long), Short: slo.FormatDuration(t.Short),
			Burn: t.Factor, ErrorRatio: t.Threshold, LowTraffic: t.Sparse != nil,
		}
	}
	return alerts
}

func newIndicator(in slo.Indicator) Indicator {
	part := func(role slo.Role) string { return slo.PartOf(in, role) }
	return Indicator{
		Kind: in.Kind(), Bad: part(slo.RoleBad), Good: part(slo.RoleGood),
		Total: part(slo.RoleTotal), Under: part(slo.RoleUnder),
	}
}

// Sort orders statuses by id, then by group.
func Sort(all []SLO) {
	slices.SortFunc(all, func(a, b SLO) int {
		if c := a.ID.Compare(b.ID); c != 0 {
			return c
		}
		return strings.Compare(a.Group.String(), b.Group.String())
	})
}

func finite(f *float64) *float64 {
	if f == nil || math.IsNaN(*f) || math.IsInf(*f, 0) {
		return nil
	}
	v := *f
	return &v
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
