package trial

import (
	"time"

	"headroom/slo"
	"headroom/slo/event"
	"headroom/slo/slotest"
)

// judged is a run that counts.
type judged struct {
	at  time.Duration
	bad bool
}

// judgedRuns asks the indicator about every run. What it cannot judge does not
// count, as in the service.
func judgedRuns(c *slotest.Case) []judged {
	in, ok := c.Objective.Indicator.(slo.Events)
	if !ok || len(c.Runs) == 0 {
		return nil
	}
	classifier, err := event.NewClassifier(in)
	if err != nil {
		return nil // lint has said so
	}
	var list []judged
	for _, run := range c.Runs {
		e := run.Event
		e.Finished = Start().Add(run.At)
		e.Started = e.Finished.Add(-run.Took)
		e.Queued = e.Started.Add(-run.Waited)
		result, err := classifier.Classify(e)
		if err == nil && result != event.Ignored {
			list = append(list, judged{at: run.At, bad: result == event.Bad})
		}
	}
	return list
}
