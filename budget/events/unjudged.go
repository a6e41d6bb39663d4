package events

import "headroom/slo"

// Unjudged says how many runs an objective could not judge.
type Unjudged struct {
	SLO    slo.ID
	Runs   uint64 // since headroom was started; at least 1
	Reason string // of the last one
}

// Unjudged returns the objectives that could not judge every run, sorted by id.
// It waits for no store.
func (r *Recorder) Unjudged() []Unjudged {
	if list := r.unjudged.Load(); list != nil {
		return *list
	}
	return nil
}

// noteUnjudged needs mu.
func (r *Recorder) noteUnjudged() {
	var list []Unjudged
	for _, t := range r.tracked {
		if t.unjudged > 0 {
			list = append(list, Unjudged{SLO: t.target.SLO, Runs: t.unjudged, Reason: t.lastError})
		}
	}
	r.unjudged.Store(&list)
}
