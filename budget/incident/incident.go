package incident

import (
	"time"

	"headroom/alerting"
	"headroom/budget"
)

// The rules' constants.
const (
	// Floor is the burn from which a slice speaks for an incident.
	Floor = 2
	// MinShare is the least share of the budget that an incident has cost.
	MinShare = 0.01
	// MinNats is the least evidence of an incident, as of an alert that pages.
	MinNats = 7
	// MaxApart, ApartShare and ApartSteps bound how far apart two incidents are at
	// least.
	MaxApart   = time.Hour
	ApartShare = 24
	ApartSteps = 3
)

// Apart returns how far apart two incidents of an objective of a window and a
// resolution are at least: an hour, of windows under a day a 24th of them, but
// three resolutions.
func Apart(window, resolution time.Duration) time.Duration {
	return max(min(MaxApart, window/ApartShare), ApartSteps*resolution)
}

// Options are what incidents are found in.
type Options struct {
	Slices     []budget.Slice // sorted and disjoint, as corrected
	Rate       float64        // b = 1 − target, above 0 and below 1
	Budget     float64        // events of the window that may be bad; above 0
	Window     time.Duration  // of the objective
	Resolution time.Duration
}

// Incident is a time in which the budget was spent fast: a stretch, or several
// that are near to one another. Its events and what follows from them are those
// of the stretches: the calm between them pays nothing back.
type Incident struct {
	Start, End time.Time // of its first and last slice
	Ongoing    bool      // it was not seen to end: no calm slice follows that is longer ago than two resolutions
	Bad, Total float64   // events in it
	Excess     float64   // k − b·n: bad events beyond what the target allows for these events
	Share      float64   // Excess ÷ Budget, 0 to 1 and above
	Burn       float64   // error ratio ÷ b of its events
	Peak       float64   // the highest burn of one slice
	PeakAt     time.Time // end of that slice
	Nats       float64   // evidence that it is no accident, of all its stretches together
}

// Duration returns how long it lasted so far.
func (i Incident) Duration() time.Duration { return i.End.Sub(i.Start) }

// Find returns the incidents in order of time.
func Find(o Options) []Incident {
	if !(o.Rate > 0) || !(o.Budget > 0) || len(o.Slices) == 0 {
		return nil
	}
	f := &finder{Options: o, apart: Apart(o.Window, o.Resolution).Milliseconds()}
	f.scores = make([]float64, len(o.Slices))
	for i, s := range o.Slices {
		f.scores[i] = s.Bad.Events() - Floor*o.Rate*s.Total.Events()
	}
	f.search(0, len(o.Slices))
	return f.found
}

// stretch is the slices [from, to).
type stretch struct{ from, to int }

type finder struct {
	Options

	apart  int64 // milliseconds
	scores []float64
	found  []Incident // in order of time
	end    int64      // of the last of them, milliseconds
}

// search appends the incidents of the slices [from, to).
func (f *finder) search(from, to int) {
	for i := from; i < to; {
		if f.scores[i] <= 0 {
			i++
			continue
		}
		end := f.extend(i, to)
		start := f.trim(i, end)
		f.search(i, start)
		f.add(stretch{start, end})
		i = end
	}
}

// extend returns the end of the stretch that begins with a slice.
func (f *finder) extend(start, limit int) int {
	end := start + 1
	for {
		latest := f.Slices[end-1].End + f.apart
		best, next, sum := 0.0, end, 0.0
		for i := end; i < limit && f.Slices[i].End <= latest; i++ {
			if sum += f.scores[i]; sum > best {
				best, next = sum, i+1
			}
		}
		if next == end {
			return end
		}
		end = next
	}
}

// trim returns where a stretch begins without what weakens it: after its lowest
// running sum.
func (f *finder) trim(start, end int) int {
	lowest, best, sum := 0.0, start, 0.0
	for i := start; i < end; i++ {
		if sum += f.scores[i]; sum <= lowest {
			lowest, best = sum, i+1
		}
	}
	return best
}

// add takes a stretch that is an incident, as one with the last when it is near.
func (f *finder) add(s stretch) {
	in := f.incident(s)
	if in.Share < MinShare || in.Nats < MinNats {
		return
	}
	if n := len(f.found); n > 0 && f.Slices[s.from].Start-f.end <= f.apart {
		in = f.join(f.found[n-1], in)
		f.found = f.found[:n-1]
	}
	f.found, f.end = append(f.found, in), f.Slices[s.to-1].End
}

// join makes one incident of two. Its evidence is that of both, which are of
// different events.
func (f *finder) join(a, b Incident) Incident {
	if a.Peak >= b.Peak {
		b.Peak, b.PeakAt = a.Peak, a.PeakAt
	}
	b.Start = a.Start
	b.Bad, b.Total = a.Bad+b.Bad, a.Total+b.Total
	b.Excess, b.Share, b.Nats = a.Excess+b.Excess, a.Share+b.Share, a.Nats+b.Nats
	b.Burn = f.burn(b.Bad, b.Total)
	return b
}

func (f *finder) incident(s stretch) Incident {
	first, last := f.Slices[s.from], f.Slices[s.to-1]
	in := Incident{Start: instant(first.Start), End: instant(last.End)}
	var bad, total budget.Count
	for _, sl := range f.Slices[s.from:s.to] {
		bad, total = bad+sl.Bad, total+sl.Total
		if burn := f.burn(sl.Bad.Events(), sl.Total.Events()); burn > in.Peak {
			in.Peak, in.PeakAt = burn, instant(sl.End)
		}
	}
	in.Bad, in.Total = bad.Events(), total.Events()
	in.Excess = in.Bad - f.Rate*in.Total
	in.Share = in.Excess / f.Budget
	in.Burn = f.burn(in.Bad, in.Total)
	in.Nats = alerting.Nats(in.Bad, in.Total, f.Rate, 1)
	measured := f.Slices[len(f.Slices)-1].End
	in.Ongoing = measured-last.End <= 2*f.Resolution.Milliseconds()
	return in
}

func (f *finder) burn(bad, total float64) float64 {
	if total <= 0 {
		return 0
	}
	return bad / total / f.Rate
}

func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
