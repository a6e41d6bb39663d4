package prove

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"headroom/internal/truth"
)

// timeline is a table of the steps around a time: what happened, and what the
// scrapes show of it.
func (s *Scenario) timeline(around time.Duration) string {
	processes := s.processes(s.Objective())
	s.scrapes(processes)
	var b strings.Builder
	fmt.Fprintf(&b, "%-12s", "step ends")
	for i, p := range processes {
		fmt.Fprintf(&b, "  %-30s", fmt.Sprintf("pod %d of %s: bad/all, seen", i, region(p.Region)))
	}
	b.WriteString("\n")
	var seen []*truth.Exact
	for _, p := range processes {
		seen = append(seen, truth.NewExact(s.increments(p)))
	}
	last := min(int(around/s.Resolution)+2, s.Length)
	for step := max(1, last-catchUp-3); step <= last; step++ {
		from, to := at(s.steps(step-1)), at(s.steps(step))
		fmt.Fprintf(&b, "%-12s", s.steps(step))
		for i, p := range processes {
			t := seen[i].Count(from.UnixMilli(), to.UnixMilli())
			fmt.Fprintf(&b, "  %-30s", fmt.Sprintf("%s, %s/%s", p.happened(from, to), bounds(t.Bad), bounds(t.Total)))
		}
		if !s.evaluated(step) {
			b.WriteString("  not evaluated")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// happened is bad and all events of a pod.
func (p *process) happened(from, to time.Time) string {
	switch {
	case p.all != nil:
		all := p.all.Count(from, to)
		return fmt.Sprintf("%g/%g", all-p.second.Count(from, to), all)
	case p.bad != nil:
		bad := p.bad.Count(from, to)
		return fmt.Sprintf("%g/%g", bad, bad+p.second.Count(from, to))
	default:
		return "samples"
	}
}

// evaluated reports whether nothing holds up the evaluations of a step.
func (s *Scenario) evaluated(step int) bool {
	missed := slices.ContainsFunc(s.Missed, func(m Miss) bool { return m.Step == step })
	return !missed && !slices.ContainsFunc(s.Stalls, func(g Span) bool { return g.holds(s.steps(step)) })
}
