package slotest

import (
	"fmt"
	"math/big"
	"slices"
	"time"

	"headroom/slo"
	"headroom/slo/slotest/synth"
)

// maxIncidents is how many incidents one case may have.
const maxIncidents = 500

// incident is a change of what happens for a while.
type incident struct {
	level

	from, to time.Duration
	missing  bool
	group    *slo.Group // nil: all
}

// incidents reads the incidents. Where samples are events, their
// rate stays.
func (r *caseReader) incidents(every synth.Every) []incident {
	var list []incident
	for i := range r.form.Incidents.V {
		form := &r.form.Incidents.V[i]
		if !form.Node.IsMap() {
			continue
		}
		if i == maxIncidents {
			r.Report(form.Node, checkValue, fmt.Sprintf("more than %d incidents in one case", maxIncidents), "split the case")
			break
		}
		at, ok := r.moment(form.V.At, -r.out.Before, r.out.Length)
		length, okLength := r.duration(form.V.For, time.Second, maxLength)
		in := incident{
			from: at, to: min(at+length, r.out.Length), missing: form.V.Missing, group: r.chosen(form.V.Group),
			level: r.level(form.V.Rate, form.V.Errors, every),
		}
		if every != synth.PerEvent {
			in.rate = nil
		}
		if !form.V.Rate.IsSet() && !form.V.Errors.IsSet() && !form.V.Missing {
			r.Report(form.Node, checkTraffic, "the incident changes nothing", "write errors: 40%, rate: 0, or missing: true when nothing is scraped")
		}
		if ok && okLength {
			list = append(list, in)
		}
	}
	return list
}

// phases joins history, traffic and incidents to what happens to each group. Of
// incidents that overlap, what the later one in the list says counts.
func (r *caseReader) phases(then, now level, incidents []incident) {
	edges := []time.Duration{-r.out.Before, 0}
	if r.form.Traffic.IsSet() {
		edges = append(edges, r.out.Length)
	}
	last := slices.Max(edges)
	for _, in := range incidents {
		edges = append(edges, min(in.from, last), min(in.to, last))
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	r.out.Phases = map[slo.Group][]Phase{}
	for _, g := range r.out.Groups {
		for i := range edges[1:] {
			usual := now
			if edges[i] < 0 {
				usual = then
			}
			r.out.Phases[g] = append(r.out.Phases[g], phase(edges[i], edges[i+1], usual, incidents, g))
		}
	}
}

func phase(from, to time.Duration, usual level, incidents []incident, g slo.Group) Phase {
	p := Phase{From: from, To: to, Rate: usual.rate, Errors: usual.errors}
	for _, in := range incidents {
		if in.from <= from && to <= in.to && (in.group == nil || *in.group == g) {
			p.Missing = p.Missing || in.missing
			p.Rate, p.Errors = either(in.rate, p.Rate), either(in.errors, p.Errors)
		}
	}
	p.Rate, p.Errors = either(p.Rate, new(big.Rat)), either(p.Errors, new(big.Rat))
	return p
}
