package slotest

import (
	"fmt"
	"math/big"
	"time"

	"headroom/internal/strictyaml"
	"headroom/slo"
	"headroom/slo/slotest/synth"
)

// level is how much comes and how much of it is bad; nil is not said.
type level struct{ rate, errors *big.Rat }

// traffic reads what happens: history, and then traffic, series or runs.
func (r *caseReader) traffic() {
	f := r.form
	given := 0
	for _, key := range []strictyaml.Node{f.Traffic.Key, f.Series.Key, f.Runs.Key} {
		if key.IsZero() {
			continue
		}
		if given++; given > 1 {
			r.Report(key, checkTraffic, "traffic is said in more than one way", "write one of traffic:, series: and runs:")
		}
	}
	if given == 0 {
		r.Report(r.at, checkTraffic, "nothing happens in this case", "write traffic: {rate: 100/s, errors: 0.1%}, or series: with their values")
		return
	}
	if f.Incidents.IsSet() && !f.Traffic.IsSet() {
		r.Report(f.Incidents.Key, checkTraffic, "incidents are changes of traffic:, which is not given", "write them into the values of the series, or write traffic:")
	}
	r.series()
	r.runs()
	plan, possible := r.plan()
	now := r.level(f.Traffic.V.Rate, f.Traffic.V.Errors, plan.Every)
	if f.Traffic.IsSet() && f.Traffic.Node.IsMap() && now.rate == nil && !f.Traffic.V.Rate.IsSet() {
		r.Report(f.Traffic.Key, "missing-key", "the key rate is missing", "write rate: 100/s")
	}
	then := r.before(now, plan.Every)
	if possible {
		r.phases(then, now, r.incidents(plan.Every))
	}
}

// plan reports when no series can be made up although traffic is to be.
func (r *caseReader) plan() (synth.Plan, bool) {
	if !r.form.Traffic.IsSet() && !r.form.Before.IsSet() {
		return synth.Plan{}, false
	}
	at := r.form.Traffic.Key
	if at.IsZero() {
		at = r.form.Before.Key
	}
	var plan synth.Plan
	for _, g := range r.out.Groups {
		var err error
		if plan, err = synth.New(r.out.Objective, g); err != nil {
			r.Report(at, checkTraffic, err.Error(), "give the series instead: series: [{series: 'name{label=\"value\"}', values: 0+5x120}]")
			return plan, false
		}
	}
	return plan, true
}

// level reads a rate and a share of errors. Where samples are the events, their
// interval is the rate.
func (r *caseReader) level(rate, errors text, every synth.Every) level {
	var l level
	if every != synth.PerEvent {
		l.rate = new(big.Rat).SetFrac64(int64(time.Second), int64(r.out.Interval))
		if every == synth.PerLook {
			l.rate = new(big.Rat).SetFrac64(slo.RawWeight*int64(time.Second), int64(r.step))
		}
		if rate.IsSet() {
			r.Report(rate.Key, checkTraffic, fmt.Sprintf("the events of an objective of %s are samples, which have no rate", r.out.Objective.Indicator.Kind()), "remove it; interval: says how often a sample comes")
		}
	} else if rate.Node.IsScalar() {
		var err error
		if l.rate, err = parseRate(rate.V); err != nil {
			r.Report(rate.Node, checkValue, err.Error(), "write events per second, minute, hour or day: 100/s, 2.5/m, 20/d, or 0")
		}
	}
	if errors.Node.IsScalar() {
		share, err := parsePercent(errors.V)
		switch {
		case err != nil:
			r.Report(errors.Node, checkValue, err.Error(), "write the share of events that are bad, such as errors: 0.1%")
		case share.Cmp(big.NewRat(1, 1)) > 0:
			r.Report(errors.Node, checkValue, fmt.Sprintf("more than all events are bad: %s", errors.V), "write at most 100%")
		default:
			l.errors = share
		}
	}
	return l
}

// before reads the history. Unless a test of made-up traffic says otherwise,
// the same went on for the objective's whole window.
func (r *caseReader) before(now level, every synth.Every) level {
	f := r.form.Before
	if !f.IsSet() {
		if r.form.Traffic.IsSet() {
			r.out.Before = r.out.Objective.Window.Rolling
		}
		return now
	}
	if f.V.IsScalar() {
		if f.V.Text() != "none" {
			r.Report(f.Node, checkValue, fmt.Sprintf("%q is no history", f.V.Text()), "write before: none for a service that was born now, or before: {for: 28d, rate: 100/s, errors: 0.02%}")
		}
		return now
	}
	var form beforeForm
	r.DecodeNode(f.Key, f.Node, &form)
	r.out.Before = r.out.Objective.Window.Rolling
	if d, ok := r.duration(form.For, r.out.Objective.Resolution, maxLength); ok {
		r.out.Before = d
	}
	then := r.level(form.Rate, form.Errors, every)
	if then.rate == nil {
		then.rate = now.rate
	}
	if then.rate == nil && f.Node.IsMap() && !form.Rate.IsSet() {
		r.Report(f.Key, "missing-key", "the key rate is missing", "write rate: 100/s")
	}
	if form.Remaining.IsSet() {
		then.errors = r.remaining(form)
	} else if then.errors == nil {
		then.errors = now.errors
	}
	return then
}

// remaining turns what is left of the budget into the errors that spent the
// rest.
func (r *caseReader) remaining(form beforeForm) *big.Rat {
	if form.Errors.IsSet() {
		r.Report(form.Remaining.Key, checkTraffic, "history has both errors and what they leave of the budget", "write either errors: or remaining:")
	}
	if !form.Remaining.Node.IsScalar() {
		return nil
	}
	left, err := parsePercent(form.Remaining.V)
	if err != nil {
		r.Report(form.Remaining.Node, checkValue, err.Error(), "write what is left of the budget when the test begins, such as remaining: 60%")
		return nil
	}
	budget, ok := new(big.Rat).SetString(r.out.Objective.Target.BudgetString())
	if !ok || left.Cmp(big.NewRat(1, 1)) > 0 {
		r.Report(form.Remaining.Node, checkValue, fmt.Sprintf("%s is more than the whole budget", form.Remaining.V), "write at most 100%")
		return nil
	}
	return budget.Mul(budget, left.Sub(big.NewRat(1, 1), left))
}

func either(a, b *big.Rat) *big.Rat {
	if a != nil {
		return a
	}
	return b
}
