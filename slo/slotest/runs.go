package slotest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"headroom/slo"
	"headroom/slo/event"
)

// maxRuns is how many runs one case may have.
const maxRuns = 100_000

// runs reads platform events.
func (r *caseReader) runs() {
	if !r.form.Runs.IsSet() {
		return
	}
	in, ok := r.out.Objective.Indicator.(slo.Events)
	if !ok {
		r.Report(r.form.Runs.Key, checkTraffic, fmt.Sprintf("runs are for objectives of events, and this is one of %s", r.out.Objective.Indicator.Kind()), "write traffic: or series: instead")
		return
	}
	for i := range r.form.Runs.V {
		if form := &r.form.Runs.V[i]; form.Node.IsMap() {
			r.run(&form.V, in, i)
		}
	}
	if len(r.form.Runs.V) == 0 {
		r.Report(r.form.Runs.Key, checkTraffic, "there are no runs", "write at least one: runs: [{at: 10m, every: 5m, times: 20}]")
	}
	slices.SortStableFunc(r.out.Runs, func(a, b Run) int { return cmp.Compare(a.At, b.At) })
}

// run reads one line of runs, which may stand for several.
func (r *caseReader) run(form *runForm, in slo.Events, index int) {
	at, ok := r.moment(form.At, 0, r.out.Length)
	every, _ := r.duration(form.Every, time.Second, maxLength)
	times := r.occurrences(form, every)
	took, tookOK := r.duration(form.Took, 0, maxLength)
	waited, _ := r.duration(form.Waited, 0, maxLength)
	if !tookOK {
		took = time.Minute
	}
	e := event.Event{
		Source: cmp.Or(form.Source.V, in.Source, "test"), Kind: event.Kind(in.EventKind),
		Subject: cmp.Or(form.Subject.V, "test"), Attempt: 1,
		Outcome: event.Outcome(cmp.Or(r.word(form.Outcome, "outcome", wordsOf(event.Outcomes())), string(event.Success))),
		Fault:   event.Fault(r.word(form.Fault, "owner of faults", wordsOf(event.Faults()))),
		Branch:  form.Branch.V, Environment: form.Environment.V, Change: form.Change.V,
	}
	for _, a := range form.Attributes.V {
		if e.Attributes == nil {
			e.Attributes = map[string]string{}
		}
		e.Attributes[a.Name] = a.Value
	}
	if !ok {
		return
	}
	for n := range times {
		run := Run{At: at + time.Duration(n)*every, Event: e, Took: took, Waited: waited}
		run.Event.Run = fmt.Sprintf("%d-%d", index+1, n+1)
		if run.At > r.out.Length || len(r.out.Runs) == maxRuns {
			break
		}
		r.out.Runs = append(r.out.Runs, run)
	}
}

// occurrences reads how often a run comes: once, or every so often until the end.
func (r *caseReader) occurrences(form *runForm, every time.Duration) int {
	if !form.Times.Node.IsScalar() {
		if every > 0 {
			return maxRuns
		}
		return 1
	}
	n, err := strconv.Atoi(strings.TrimSpace(form.Times.V))
	if err != nil || n < 1 || n > maxRuns {
		r.Report(form.Times.Node, checkValue, fmt.Sprintf("%q is not a number of runs", form.Times.V), fmt.Sprintf("write a whole number from 1 to %d", maxRuns))
		return 0
	}
	if n > 1 && every == 0 {
		r.Report(form.Times.Key, checkValue, "several runs at once", "write every: 5m, the time from one to the next")
	}
	return n
}

// word reads one of a list of words; "" when it is not given or none of them.
func (r *caseReader) word(v text, what string, known []string) string {
	if !v.Node.IsScalar() {
		return ""
	}
	if !slices.Contains(known, v.V) {
		r.unknown(v, what, known)
		return ""
	}
	return v.V
}

func wordsOf[T ~string](values []T) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return list
}
