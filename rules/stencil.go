package rules

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/alerting"
	"headroom/slo"
)

// Renderer renders the rules of objectives one after another. Objectives of a
// platform are often alike but for their names, their owners and the values of
// their matchers: such rules are compiled once, and their text is filled in for
// the next ones, which is many times faster. The text is the same as that of
// WriteGroups, byte by byte.
type Renderer struct {
	dialect  Dialect
	options  Options
	style    Style
	stencils map[string]*stencil
}

// NewRenderer makes a renderer. It may not be used by several goroutines at once.
func NewRenderer(d Dialect, o Options, s Style) *Renderer {
	return &Renderer{dialect: d, options: o, style: s, stencils: map[string]*stencil{}}
}

// Write renders the groups of an objective as the items of a YAML list. Its
// error is that of Compile, or of w.
func (r *Renderer) Write(w io.Writer, o *slo.Objective) error { return r.write(w, o, false) }

// WriteLed is Write for an objective of whose service another one leads; see
// Leads.
func (r *Renderer) WriteLed(w io.Writer, o *slo.Objective) error { return r.write(w, o, true) }

func (r *Renderer) write(w io.Writer, o *slo.Objective, led bool) error {
	r.options.Led = led
	if err := Check(o, r.dialect); err != nil {
		return err
	}
	outline, ok := outlineOf(o)
	if !ok {
		return r.plain(w, o)
	}
	if led {
		outline.key += "led"
	}
	s, seen := r.stencils[outline.key]
	if !seen { // worth it from the second one on
		r.stencils[outline.key] = &stencil{}
		return r.plain(w, o)
	}
	if s.parts == nil && !s.useless {
		cut, err := r.cut(o, outline)
		if err != nil {
			return err
		}
		*s = cut
	}
	if s.useless {
		return r.plain(w, o)
	}
	return s.fill(w, outline.values)
}

// WriteAll renders objectives as WriteStyled does, in the order of their ids.
func (r *Renderer) WriteAll(w io.Writer, objectives []*slo.Objective) error {
	b := bufio.NewWriterSize(w, 1<<16)
	e := emitter{w: b, style: r.style}
	for line := range strings.Lines(header) {
		e.line(line)
	}
	if len(objectives) == 0 {
		e.line("groups: []\n")
	} else {
		e.line("groups:\n")
	}
	leads := Leads(objectives)
	for _, o := range slices.SortedFunc(slices.Values(objectives), func(a, b *slo.Objective) int { return a.ID.Compare(b.ID) }) {
		if err := r.write(b, o, !leads[o.ID]); err != nil {
			return err
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write rules: %w", err)
	}
	return nil
}

func (r *Renderer) plain(w io.Writer, o *slo.Objective) error {
	groups, err := Compile(o, alerting.NewPlan(o), r.dialect, r.options)
	if err != nil {
		return err
	}
	return WriteGroups(w, slices.Values(groups), r.style)
}

// stencil is a text with holes: parts[0], the value of holes[0], parts[1], …
type stencil struct {
	parts   [][]byte
	holes   []int
	useless bool // it does not give back the text that it was cut from
}

func (s *stencil) fill(w io.Writer, values []string) error {
	for i, part := range s.parts {
		if _, err := w.Write(part); err != nil {
			return fmt.Errorf("write rules: %w", err)
		}
		if i == len(s.holes) {
			return nil
		}
		if _, err := io.WriteString(w, values[s.holes[i]]); err != nil {
			return fmt.Errorf("write rules: %w", err)
		}
	}
	return nil
}

// cut compiles an objective whose variable parts are marks, and cuts its text at
// them. It is useless where that does not give the objective's own text again.
func (r *Renderer) cut(o *slo.Objective, out outline) (stencil, error) {
	marked := out.marked(o)
	var b, own, again bytes.Buffer
	if err := errors.Join(r.plain(&b, marked), r.plain(&own, o)); err != nil {
		return stencil{}, err
	}
	marks := map[string]int{}
	for i := range out.values {
		marks[mark(i)] = i
	}
	sli, spec := marked.SLI(), marked.SpecHash()
	uid := marked.ID.DashboardUID()
	marks[sli], marks[spec], marks[uid] = holeSLI, holeSpec, holeDashboard
	s, text, from := stencil{}, b.Bytes(), 0
	for _, at := range regexp.MustCompile(markPattern+"|"+uid+"|"+sli+"|"+spec).FindAllIndex(text, -1) {
		s.parts = append(s.parts, text[from:at[0]])
		s.holes = append(s.holes, marks[string(text[at[0]:at[1]])])
		from = at[1]
	}
	s.parts = append(s.parts, text[from:])
	if err := s.fill(&again, out.values); err != nil {
		return stencil{}, err
	}
	s.useless = !bytes.Equal(own.Bytes(), again.Bytes())
	return s, nil
}

// The holes that every objective has; the values of matchers follow.
const (
	holeNamespace = iota
	holeService
	holeObjective
	holeSLI
	holeSpec
	holeOwner
	holeDescription
	holeRunbook
	holeDashboard
	holeMatchers
)

// markPattern finds marks. They are names, so that they may stand wherever one
// may, and no objective whose text has something like them gets a stencil.
const (
	markBegin   = "zqj"
	markPattern = markBegin + `[0-9]{3}jqz`
)

func mark(i int) string { return fmt.Sprintf("%s%03djqz", markBegin, i) }

// safe reports whether a text looks the same in PromQL, in YAML and in a
// template, in quotes or without.
func safe(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("-_./:^$|*+,;()= ", rune(c)) {
			return false
		}
	}
	return !strings.Contains(s, markBegin)
}

// outline is an objective without its variable parts, and those.
type outline struct {
	key    string
	values []string
}

// outlineOf returns the outline of an objective. Few kinds have one: those whose
// variable parts are sure to be nothing but text in their rules.
func outlineOf(o *slo.Objective) (outline, bool) {
	if !safe(o.Owner) || !safe(o.Description) || !safe(o.Runbook) {
		return outline{}, false
	}
	selectors, shape, ok := anatomy(o.Indicator)
	if !ok {
		return outline{}, false
	}
	out := outline{values: make([]string, holeMatchers, holeMatchers+8)}
	for _, e := range selectors {
		if !out.add(e) {
			return outline{}, false
		}
	}
	var b []byte
	for _, e := range selectors {
		b = append(printExpr(b, out.blank(e)), '\n')
	}
	rest, err := json.Marshal([]any{
		shape, o.Owner == "", o.Description == "", o.Runbook == "", o.Labels, o.Target, o.Window, o.Window.String(), o.Resolution, o.GroupBy, o.Plan,
	})
	if err != nil || bytes.Contains(rest, []byte(markBegin)) {
		return outline{}, false
	}
	out.key = string(append(b, rest...))
	copy(out.values, []string{
		holeNamespace: o.ID.Namespace, holeService: o.ID.Service, holeObjective: o.ID.Objective,
		holeSLI: o.SLI(), holeSpec: o.SpecHash(),
		holeOwner: o.Owner, holeDescription: o.Description, holeRunbook: o.Runbook,
		holeDashboard: o.ID.DashboardUID(),
	})
	return out, true
}

// anatomy takes an indicator apart: into expressions, whose matchers may vary,
// and the rest, which may not.
func anatomy(in slo.Indicator) (expressions []parser.Expr, shape []any, ok bool) {
	switch in := in.(type) {
	case slo.Ratio:
		for _, c := range []slo.Counter{in.Bad, in.Good, in.Total} {
			if !c.IsZero() {
				expressions = append(expressions, c.Expr())
			}
		}
		return expressions, []any{"ratio", in.Bad.IsZero(), in.Good.IsZero()}, true
	case slo.Events: // their rules count what headroom exports, whatever its conditions are
		return nil, []any{"events", in.EventKind, in.Source}, true
	case slo.Gauge:
		return []parser.Expr{in.Selector.Expr()}, []any{"gauge", fmt.Sprintf("%+v", in.Good)}, true
	case slo.Latency:
		where := &parser.VectorSelector{Name: in.Histogram, LabelMatchers: in.Where}
		good := &parser.VectorSelector{LabelMatchers: in.GoodWhere}
		le := func(m *labels.Matcher) bool { return m.Name == "le" }
		ok := !slices.ContainsFunc(in.Where, le) && !slices.ContainsFunc(in.GoodWhere, le)
		for _, m := range in.GoodWhere { // the two meet in one selector
			ok = ok && !slices.ContainsFunc(in.Where, func(w *labels.Matcher) bool { return w.Name == m.Name })
		}
		return []parser.Expr{where, good}, []any{"latency", in.Under, in.Unit, in.Native, in.Buckets}, ok
	default:
		return nil, nil, false
	}
}

// add collects the values of an expression's matchers, each once, and reports
// whether all of them can be filled in.
func (out *outline) add(e parser.Expr) bool {
	ok := true
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		vs, isSelector := n.(*parser.VectorSelector)
		if !isSelector {
			return nil
		}
		names := map[string]bool{}
		for _, m := range vs.LabelMatchers {
			if m.Name == model.MetricNameLabel {
				continue
			}
			ok = ok && !names[m.Name] && safe(m.Value)
			names[m.Name] = true
			if !slices.Contains(out.values[holeMatchers:], m.Value) {
				out.values = append(out.values, m.Value)
			}
		}
		return nil
	})
	return ok
}

// blank copies an expression with marks in place of the values of its matchers.
func (out *outline) blank(e parser.Expr) parser.Expr {
	switch n := e.(type) {
	case *parser.ParenExpr:
		return &parser.ParenExpr{Expr: out.blank(n.Expr)}
	case *parser.BinaryExpr:
		c := *n
		c.LHS, c.RHS = out.blank(n.LHS), out.blank(n.RHS)
		return &c
	case *parser.VectorSelector:
		c := *n
		c.LabelMatchers = out.matchers(n.LabelMatchers)
		return &c
	default:
		panic("rules: a counter that slo.ParseCounter refuses: " + e.String())
	}
}

// marked is the objective with marks in place of what varies.
func (out *outline) marked(o *slo.Objective) *slo.Objective {
	c := *o
	c.ID = slo.ID{Namespace: mark(holeNamespace), Service: mark(holeService), Objective: mark(holeObjective)}
	for at, text := range map[int]*string{holeOwner: &c.Owner, holeDescription: &c.Description, holeRunbook: &c.Runbook} {
		if *text != "" {
			*text = mark(at)
		}
	}
	switch in := o.Indicator.(type) {
	case slo.Ratio:
		c.Indicator = slo.Ratio{Bad: out.counter(in.Bad), Good: out.counter(in.Good), Total: out.counter(in.Total)}
	case slo.Gauge:
		in.Selector = out.counter(in.Selector)
		c.Indicator = in
	case slo.Latency:
		in.Where, in.GoodWhere = out.matchers(in.Where), out.matchers(in.GoodWhere)
		c.Indicator = in
	}
	return &c
}

func (out *outline) counter(c slo.Counter) slo.Counter {
	if c.IsZero() {
		return c
	}
	return slo.MustCounter(out.blank(c.Expr()).String())
}

// matchers puts marks in place of values.
func (out *outline) matchers(list []*labels.Matcher) []*labels.Matcher {
	marked := make([]*labels.Matcher, len(list))
	for i, m := range list {
		marked[i] = m
		if m.Name != model.MetricNameLabel {
			at := holeMatchers + slices.Index(out.values[holeMatchers:], m.Value)
			marked[i] = labels.MustNewMatcher(m.Type, m.Name, mark(at))
		}
	}
	return marked
}
