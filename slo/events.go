package slo

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

// MetricEvents is the counter of platform events that headroom itself exports,
// with the labels slo, sli and result: "good" or "bad".
const MetricEvents = "headroom_slo_events_total"

// Events counts platform events: the runs of pipelines, deployments and the
// like that settled within the window. Runs that were cancelled or skipped
// never count. Which runs are good is said by Good or by Duration; without
// either, those with the outcome success.
type Events struct {
	EventKind string // the kind of event, such as "pipeline"; required
	Source    string // only events of this source; "" for every source
	Where     string // CEL that is true for the events that count; "" for all
	Good      string // CEL that is true for good events; "" when Duration is set or for the default
	Duration  Duration
	Ignore    []string // fault owners whose failures do not count, sorted and each once
}

var _ Indicator = Events{}

// Duration judges an event by the time between two of its points.
type Duration struct {
	From  string // "queued" or "started"
	To    string // "started" or "finished"
	Under time.Duration
}

// IsZero reports whether the duration was never set.
func (d Duration) IsZero() bool { return d == Duration{} }

// Kind returns "events".
func (Events) Kind() string { return "events" }

// Canonical returns every part with its role, quoted.
func (e Events) Canonical() string {
	var b strings.Builder
	b.WriteString("events kind " + strconv.Quote(e.EventKind) + " source " + strconv.Quote(e.Source) +
		" where " + strconv.Quote(strings.TrimSpace(e.Where)))
	if e.Duration.IsZero() {
		b.WriteString(" good " + strconv.Quote(strings.TrimSpace(e.Good)))
	} else {
		b.WriteString(" from " + e.Duration.From + " to " + e.Duration.To + " under " + e.Duration.Under.String())
	}
	for _, owner := range slices.Compact(slices.Sorted(slices.Values(e.Ignore))) {
		b.WriteString(" ignore " + strconv.Quote(owner))
	}
	return b.String()
}

// Counted returns which events count, as a condition in CEL, besides that they
// have settled and were neither cancelled nor skipped.
func (e Events) Counted() string {
	parts := []string{"kind == " + strconv.Quote(e.EventKind)}
	if e.Source != "" {
		parts = append(parts, "source == "+strconv.Quote(e.Source))
	}
	if e.Where != "" {
		parts = append(parts, "("+e.Where+")")
	}
	if len(e.Ignore) > 0 {
		quoted := make([]string, len(e.Ignore))
		for i, owner := range e.Ignore {
			quoted[i] = strconv.Quote(owner)
		}
		parts = append(parts, "!(fault in ["+strings.Join(quoted, ", ")+"])")
	}
	return strings.Join(parts, " && ")
}

// GoodText says which of the counted events are good: a condition in CEL, or
// "started to finished within 10m".
func (e Events) GoodText() string {
	switch {
	case !e.Duration.IsZero():
		return e.Duration.From + " to " + e.Duration.To + " within " + FormatDuration(e.Duration.Under)
	case e.Good != "":
		return e.Good
	default:
		return `outcome == "success"`
	}
}

// Parts returns which events are good and which count.
func (e Events) Parts() []Part {
	return []Part{{RoleGood, e.GoodText()}, {RoleTotal, e.Counted()}}
}

// Exprs returns nothing: events are no series of the metrics store.
func (Events) Exprs() []parser.Expr { return nil }

// Notes says what counts, and where.
func (e Events) Notes() []string {
	notes := []string{
		"Each attempt of a run is one event and counts when it has ended, by the time of its end; cancelled and skipped ones never count.",
		"The running service keeps the events: its ledger counts them from there, its rules from the metric " + MetricEvents + ".",
	}
	if e.Duration.To == "finished" {
		notes = append(notes, "A run that failed later than that is late; one that failed within it says nothing about time and does not count.")
	}
	return notes
}
