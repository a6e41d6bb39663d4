package events

import (
	"fmt"
	"log/slog"

	"github.com/VictoriaMetrics/metrics"

	"headroom/slo"
	"headroom/slo/event"
)

// MetricEvents is the name of the counters: events of an objective by result,
// "good" or "bad".
const MetricEvents = "headroom_slo_events_total"

// MetricUnjudged is the name of the counters of runs that an objective is about
// and that lack what judging them needs, since headroom was started.
const MetricUnjudged = "headroom_slo_events_unjudged_total"

// tracked is one objective of platform events.
type tracked struct {
	objective  *slo.Objective
	target     Target
	classifier *event.Classifier
	counter    Counter // as the store has it
	set        *metrics.Set
	live       bool   // its counters are shown
	unjudged   uint64 // runs, since headroom was started
	lastError  string // of the classifier, so that each is logged once

	fed   int64          // end of the last slice that the ledger has, Unix milliseconds; 0: write the whole window
	dirty map[int64]bool // ends of runs in slices that the ledger has and that changed
}

func targetOf(o *slo.Objective) Target { return Target{SLO: o.ID, SLI: o.SLI()} }

func (t *tracked) series(result string) string {
	return fmt.Sprintf("%s{slo=%q,sli=%q,result=%q}", MetricEvents, t.target.SLO, t.target.SLI, result)
}

func (t *tracked) unjudgedSeries() string {
	return fmt.Sprintf("%s{slo=%q}", MetricUnjudged, t.target.SLO)
}

// show makes the counters read what the store has. Until it is called for the
// first time they do not exist, so that nobody sees them climb to where they
// begin.
func (t *tracked) show() {
	t.live = true
	t.set.GetOrCreateCounter(t.series("good")).Set(t.counter.Good)
	t.set.GetOrCreateCounter(t.series("bad")).Set(t.counter.Bad)
	t.set.GetOrCreateCounter(t.unjudgedSeries()).Set(t.unjudged)
}

func (t *tracked) hide() {
	t.set.UnregisterMetric(t.series("good"))
	t.set.UnregisterMetric(t.series("bad"))
	t.set.UnregisterMetric(t.unjudgedSeries())
}

// after is where the counters will stand.
func (t *tracked) after(n *counted) Counter {
	c := t.counter
	c.Good += n.good
	c.Bad += n.bad
	return c
}

func (t *tracked) apply(n *counted) {
	t.counter = t.after(n)
	if t.live && n.good+n.bad > 0 {
		t.show()
	}
	for _, end := range n.dirty {
		if end <= t.fed {
			t.dirty[end] = true
		}
	}
}

// miss counts runs that could not be judged.
func (t *tracked) miss(n *counted) {
	t.unjudged += n.unjudged
	if t.live && n.unjudged > 0 {
		t.show()
	}
}

// classify judges an event. What cannot be judged is ignored, and each reason is
// logged once.
func (t *tracked) classify(e event.Event, log *slog.Logger) (result event.Result, judged bool) {
	result, err := t.classifier.Classify(e)
	if err != nil && err.Error() != t.lastError {
		t.lastError = err.Error()
		log.Warn("an event was not counted, since it could not be judged", "slo", t.target.SLO, "subject", e.Subject, "run", e.Run, "error", err)
	}
	return result, err == nil
}
