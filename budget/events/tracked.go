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

// tracked is one objective of platform events.
type tracked struct {
	objective  *slo.Objective
	target     Target
	classifier *event.Classifier
	counter    Counter // as the store has it
	set        *metrics.Set
	live       bool   // its counters are shown
	lastError  string // of the classifier, so that each is logged once

	fed   int64          // end of the last slice that the ledger has, Unix milliseconds; 0: write the whole window
	dirty map[int64]bool // ends of runs in slices that the ledger has and that changed
}

func targetOf(o *slo.Objective) Target { return Target{SLO: o.ID, SLI: o.SLI()} }

func (t *tracked) series(result string) string {
	return fmt.Sprintf("%s{slo=%q,sli=%q,result=%q}", MetricEvents, t.target.SLO, t.target.SLI, result)
}

// show makes the counters read what the store has. Until it is called for the
// first time they do not exist, so that nobody sees them climb to where they
// begin.
func (t *tracked) show() {
	t.live = true
	t.set.GetOrCreateCounter(t.series("good")).Set(t.counter.Good)
	t.set.GetOrCreateCounter(t.series("bad")).Set(t.counter.Bad)
}

func (t *tracked) hide() {
	t.set.UnregisterMetric(t.series("good"))
	t.set.UnregisterMetric(t.series("bad"))
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

// classify judges an event. What cannot be judged is ignored, and said once.
func (t *tracked) classify(e event.Event, log *slog.Logger) event.Result {
	result, err := t.classifier.Classify(e)
	if err != nil && err.Error() != t.lastError {
		t.lastError = err.Error()
		log.Warn("an event was not counted, since it could not be judged", "slo", t.target.SLO, "subject", e.Subject, "run", e.Run, "error", err)
	}
	return result
}
