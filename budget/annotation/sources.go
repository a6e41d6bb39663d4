package annotation

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"headroom/budget/correction"
	"headroom/budget/gate"
	"headroom/slo"
	"headroom/slo/event"
)

// FromEvents tells settled deployments among platform events. One of an event
// without a service is not about any.
func FromEvents(list []event.Event) []Annotation {
	var all []Annotation
	for _, e := range list {
		if e.Kind != event.Deployment || !e.Settled() || e.Service == "" {
			continue
		}
		all = append(all, Annotation{
			ID:   fmt.Sprintf("deployment %s %s %s %d", e.Source, e.Subject, e.Run, e.Attempt),
			Kind: Deployment, Start: e.Finished.UTC(), End: e.Finished.UTC(), Service: e.Service, Text: clean(deploymentText(e)),
			URL: webAddress(e.URL), Author: e.Source,
		})
	}
	return all
}

func deploymentText(e event.Event) string {
	text := "Deployment"
	if e.Environment != "" {
		text += " to " + e.Environment
	}
	if e.Revision != "" {
		text += " of " + e.Revision[:min(len(e.Revision), 12)]
	}
	switch e.Outcome {
	case event.Success:
		return text + " done"
	case event.Failure:
		return text + " failed"
	case event.Skipped:
		return text + " was held back"
	default:
		return text + " " + string(e.Outcome)
	}
}

// FromDecisions tells from the gate's kept decisions when releases were held,
// and when the same question was first answered otherwise. Several callers that
// were held at once make one annotation; its end is when the last was told.
func FromDecisions(records []gate.Record) []Annotation {
	records = slices.Clone(records)
	slices.SortStableFunc(records, func(a, b gate.Record) int { return a.FirstAt.Compare(b.FirstAt) })
	type subject struct{ service, environment, counted string }
	open := map[subject]int{} // index of the hold that goes on
	var all []Annotation
	for _, r := range records {
		d := r.Decision
		key := subject{d.Service, d.Environment, string(d.CountedAs)}
		i, held := open[key]
		switch {
		case d.Verdict == gate.Held && held && !r.FirstAt.After(all[i].End.Add(time.Hour)):
			if r.LastAt.After(all[i].End) {
				all[i].End = r.LastAt.UTC()
			}
		case d.Verdict == gate.Held:
			open[key] = len(all)
			all = append(all, Annotation{
				ID: "hold " + r.ID, Kind: Hold, Start: r.FirstAt.UTC(), End: cmp.Or(r.LastAt, r.FirstAt).UTC(), Service: d.Service,
				Text: clean(fmt.Sprintf("Releases to %s held: %s", d.Environment, d.Summary)), Author: r.Caller,
			})
		case held && d.Verdict == gate.Allowed && r.FirstAt.After(all[i].Start):
			delete(open, key)
			all = append(all, Annotation{
				ID: "hold " + r.ID, Kind: Hold, Start: r.FirstAt.UTC(), End: r.FirstAt.UTC(), Service: d.Service,
				Text: clean(fmt.Sprintf("Releases to %s pass again", d.Environment)), Author: r.Caller,
			})
		}
	}
	return all
}

// FromCorrections tells the intervals of corrections that are not revoked and
// are about the objective that is asked for. Without one, there are none: a
// correction selects objectives, not services.
func FromCorrections(list []correction.Correction, q Query) []Annotation {
	if q.Objective == nil {
		return nil
	}
	var all []Annotation
	for i := range list {
		c := &list[i]
		if c.State() == correction.Revoked || !c.Terms.Objectives.Matches(q.Objective) {
			continue
		}
		for _, interval := range c.Terms.Intervals(q.From, q.To) {
			all = append(all, Annotation{
				ID:   fmt.Sprintf("correction %s %d", c.ID, interval.From.Unix()),
				Kind: Correction, Start: interval.From, End: interval.To,
				Service: q.Objective.Service(), Objective: q.Objective.ID.Objective,
				Text: clean(correctionText(c, q.Objective)), Author: c.Author,
			})
		}
	}
	return all
}

func correctionText(c *correction.Correction, o *slo.Objective) string {
	what := "Does not count"
	if c.Terms.Kind == correction.Adjust {
		what = "Adjusted"
	}
	text := fmt.Sprintf("%s (%s): %s", what, c.Terms.Category, c.Terms.Reason)
	if c.Waits(o) {
		text += " – waits for approval"
	}
	return text
}

// clean makes a text from outside one line of printable characters.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "�")
	s = strings.Map(func(r rune) rune {
		if unprintable(r) {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// webAddress returns an address that a page may link to, "" for any other.
func webAddress(s string) string {
	if !link(s) {
		return ""
	}
	return s
}
