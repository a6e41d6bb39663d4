package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"headroom/api/table"
	"headroom/budget/proposal"
	"headroom/internal/promapi"
	"headroom/rules"
	"headroom/slo"
	"headroom/slo/catalog"
	"headroom/slo/manifest/draft"
)

// mostShown bounds how many findings are listed.
const mostShown = 20

// fromPrometheus finds what is measured of a service, replays it and proposes
// targets.
func (w *wizard) fromPrometheus(ctx context.Context, service string) ([]draft.Objective, error) {
	client, err := w.prometheus.client()
	if err != nil {
		return nil, err
	}
	defer client.Close()
	now := time.Now()
	fmt.Fprintln(w.out, "looking for what the templates know ...")
	found, err := proposal.Discover(ctx, client, w.known, now)
	if err != nil {
		return nil, err
	}
	chosen, err := w.pick(ctx, client, found, service, now)
	if err != nil {
		return nil, err
	}
	namespace, name, err := slo.ParseService(service)
	if err != nil {
		return nil, usagef("--service: %s", err)
	}
	var list []draft.Objective
	for _, m := range chosen {
		if m.Values, err = w.values(m.Template, m.Values, service); err != nil {
			return nil, err
		}
		o := suggestion(m.Template, m.Values)
		id := slo.ID{Namespace: namespace, Service: name, Objective: o.Name}
		if err := w.propose(ctx, client, m, id, &o, now); err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, nil
}

// pick chooses among the findings: those of the named templates that mention
// the service, or those that a person picks.
func (w *wizard) pick(ctx context.Context, client *promapi.Client, found []proposal.Match, service string, now time.Time) ([]proposal.Match, error) {
	_, name, _ := slo.ParseService(service) // it was parsed before
	for _, t := range w.templates {
		if _, err := w.template(t); err != nil {
			return nil, err
		}
	}
	found = slices.DeleteFunc(found, func(m proposal.Match) bool {
		return len(w.templates) > 0 && !slices.Contains(w.templates, m.Template.Name) || w.contradicts(m)
	})
	if len(found) == 0 {
		return nil, errors.New("nothing that the templates know is there: name a template with --template and its parameters with --set, or write slo.yaml by hand; headroom templates list prints what is known")
	}
	slices.SortStableFunc(found, func(a, b proposal.Match) int { return mentions(b, name) - mentions(a, name) })
	own := 0
	for own < len(found) && found[own].Mentions(name) {
		own++
	}
	if own == 0 && !w.on {
		if len(w.initOptions.set) == 0 && len(found) > 1 {
			listMatches(w.out, found)
			return nil, usagef("nothing there is called %s: choose one of those above with --template and --set", name)
		}
		own = len(found) // it is clear which is meant
	}
	fitting, err := w.fitting(ctx, client, found[:own], now)
	switch {
	case err != nil:
		return nil, err
	case w.on && len(fitting)+len(found) > own:
		return w.pickByHand(slices.Concat(fitting, found[own:]), len(fitting))
	case len(fitting) == 0:
		return nil, fmt.Errorf("what is there of %s lacks the labels that the templates read: name a template with --template and its labels with --set, such as --template http-availability --set code=status, or write slo.yaml by hand", name)
	}
	return firstOfEach(fitting), nil
}

// fitting leaves out findings of templates that nobody named and that read
// labels which the series do not have: several libraries use one metric with
// labels of their own, and by another's labels no event would ever be bad. What
// lacks least comes first.
func (w *wizard) fitting(ctx context.Context, client *promapi.Client, found []proposal.Match, now time.Time) ([]proposal.Match, error) {
	lacks := map[*catalog.Template]proposal.Lacks{}
	var list []proposal.Match
	for _, m := range found {
		l, err := w.with(m).Lacks(ctx, client, w.known, now)
		if err != nil {
			return nil, err
		}
		if len(l.Labels) > 0 && len(w.templates) == 0 {
			continue
		}
		if before, known := lacks[m.Template]; !known || l.Compare(before) < 0 {
			lacks[m.Template] = l
		}
		list = append(list, m)
	}
	slices.SortStableFunc(list, func(a, b proposal.Match) int { return lacks[a.Template].Compare(lacks[b.Template]) })
	return list, nil
}

// with adds what --set says of a finding's parameters.
func (w *wizard) with(m proposal.Match) proposal.Match {
	m.Values = maps.Clone(m.Values)
	for i := range m.Template.Parameters {
		p := &m.Template.Parameters[i]
		if text, given := w.initOptions.set[p.Name]; given && p.Check(valueOf(p, text)) == nil {
			m.Values[p.Name] = valueOf(p, text)
		}
	}
	return m
}

// contradicts reports whether --set says something else than what was found.
func (w *wizard) contradicts(m proposal.Match) bool {
	for name, text := range w.initOptions.set {
		if v, found := m.Values[name]; found && v.String() != text {
			return true
		}
	}
	return false
}

func mentions(m proposal.Match, name string) int {
	if m.Mentions(name) {
		return 1
	}
	return 0
}

// firstOfEach keeps the finding with the most series for each name of an
// objective.
func firstOfEach(found []proposal.Match) []proposal.Match {
	var list []proposal.Match
	for _, m := range found {
		same := func(other proposal.Match) bool {
			return other.Template.Suggest.Objective == m.Template.Suggest.Objective
		}
		if !slices.ContainsFunc(list, same) {
			list = append(list, m)
		}
	}
	return list
}

func (w *wizard) pickByHand(found []proposal.Match, own int) ([]proposal.Match, error) {
	listMatches(w.out, found)
	var standard []string
	for _, m := range firstOfEach(found[:own]) {
		at := slices.IndexFunc(found, func(other proposal.Match) bool {
			return other.Template == m.Template && settings(other.Values) == settings(m.Values)
		})
		if at < mostShown {
			standard = append(standard, strconv.Itoa(at+1))
		}
	}
	chosen, err := w.choose("Which of them? One or more numbers", make([]string, len(found)), strings.Join(standard, " "))
	var list []proposal.Match
	for _, i := range chosen {
		list = append(list, found[i])
	}
	return list, err
}

func listMatches(out io.Writer, found []proposal.Match) {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for i, m := range found {
		if i == mostShown {
			fmt.Fprintf(t, "  \tand %d more\n", len(found)-mostShown)
			break
		}
		fmt.Fprintf(t, "  %d\t%s\t%s\t%s\n", i+1, m.Template.Name, settings(m.Values), fmt.Sprintf("%d series", m.Series))
	}
	_ = t.Flush() // what cannot be written to a terminal cannot be said either
}

// settings writes values as they are given to --set.
func settings(values catalog.Values) string {
	var parts []string
	for name, v := range values {
		parts = append(parts, "--set "+name+"="+v.String())
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// replayed is how far back targets are looked for.
const replayed = 28 * 24 * time.Hour

// propose replays an objective and sets the target that it would have met.
func (w *wizard) propose(ctx context.Context, client *promapi.Client, m proposal.Match, id slo.ID, o *draft.Objective, now time.Time) error {
	objective, err := m.Objective(w.known, id, o.Target)
	if err != nil {
		return err
	}
	lacks, err := m.Lacks(ctx, client, w.known, now)
	if err != nil {
		return err
	}
	if len(lacks.Labels) > 0 {
		fmt.Fprintf(w.out, "  no series of %s has the label %s, which the template %s reads: nothing is replayed; taking %s, which the template suggests\n",
			o.Name, strings.Join(lacks.Labels, " or "), m.Template.Name, o.Target)
		return nil
	}
	history, err := proposal.Read(ctx, objective, proposal.Options{
		Querier: client, Now: now, Span: replayed,
		Raw: func(o *slo.Objective, r time.Duration) (bad, total string) {
			return rules.Raw(o, rules.Prometheus242, r)
		},
		Progress: w.replaying(o.Name),
	})
	if err != nil {
		return err
	}
	candidates := proposal.Candidates(history, slo.DefaultWindow)
	best, found := proposal.Propose(candidates)
	writeReplay(w.out, history, candidates, best)
	switch {
	case found:
		o.Target = best.Target
		o.Comment = fmt.Sprintf("Proposed from %s: %.0f%% of the budget would have been left.", measuredText(history), 100*best.Remaining)
	case lacks.Bucket:
		fmt.Fprintf(w.out, "  the histogram has no bucket at the threshold, so nothing was measured; taking %s, which the template suggests\n", o.Target)
	case len(candidates) == 0:
		fmt.Fprintf(w.out, "  no whole hour of the last four weeks has events; taking %s, which the template suggests\n", o.Target)
	default:
		fmt.Fprintf(w.out, "  none of them would have been met with enough events; taking %s, which the template suggests\n", o.Target)
	}
	return nil
}

// replaying shows on a terminal how far a replay has come, and elsewhere that
// it has begun.
func (w *wizard) replaying(name string) func(read, all int) {
	file, isFile := w.out.(*os.File)
	if !isFile || !table.IsTerminal(file) {
		fmt.Fprintf(w.out, "replaying 28 days of %s ...\n", name)
		return nil
	}
	return func(read, all int) {
		fmt.Fprintf(w.out, "\rreplaying %s: day %d of %d", name, read, all)
		if read == all {
			fmt.Fprintln(w.out)
		}
	}
}

func measuredText(h proposal.History) string {
	return fmt.Sprintf("%.1f days of measurements", h.Measured().Hours()/24)
}

func writeReplay(out io.Writer, h proposal.History, candidates []proposal.Candidate, best proposal.Candidate) {
	if len(candidates) == 0 {
		return
	}
	fmt.Fprintf(out, "  %s: %.0f events, %.0f of them bad (%.3g%%)\n", measuredText(h), h.Total(), h.Bad(), 100*h.Bad()/h.Total())
	if worst, ok := h.Worst(); ok && worst.Bad > 0 {
		fmt.Fprintf(out, "  worst day: %s with %.3g%% bad\n", worst.Start.Format(time.DateOnly), 100*worst.Bad/worst.Total)
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "  \ttarget\tbudget left\tmay fail in 28d\t\n")
	for _, c := range candidates {
		mark := ""
		if c == best {
			mark = ">"
		}
		fmt.Fprintf(t, "  %s\t%s\t%.0f%%\t%.0f\t\n", mark, c.Target, 100*c.Remaining, c.Allowed)
	}
	_ = t.Flush() // what cannot be written to a terminal cannot be said either
}
