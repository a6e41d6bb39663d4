package library_test

import (
	"slices"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"headroom/rules"
	"headroom/slo"
	"headroom/slo/catalog"
	"headroom/slo/event"
	"headroom/slo/manifest"
)

// objective reads a spec that uses the template, with tiles of a minute. What
// lint says of it, warnings included, fails the test.
func (c *testCase) objective(t *testing.T) *slo.Objective {
	t.Helper()
	with := map[string]any{}
	for name, value := range c.values {
		with[name] = value.Texts
		if !value.IsList {
			with[name] = value.Texts[0]
		}
	}
	text, err := yaml.Marshal(map[string]any{"objectives": map[string]any{"tried": map[string]any{
		"target": "99%", "window": "1h", "resolution": "1m", "template": map[string]any{"name": c.template, "with": with},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	documents, problems := manifest.Parse("slo.yaml", append([]byte("headroom: v1\nservice: shop/checkout\n"), text...))
	for _, p := range problems {
		t.Errorf("%s: %s [%s]\n%s", p.Severity, p.Message, p.Check, p.Excerpt)
	}
	if len(documents) != 1 || len(documents[0].Objectives) != 1 {
		t.Fatalf("no objective from\n%s", text)
	}
	return documents[0].Objectives[0]
}

// TestTemplatesCountToTheKnownRatio evaluates the rules of every case.
func TestTemplatesCountToTheKnownRatio(t *testing.T) {
	for _, c := range cases(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.evaluate(t)
		})
	}
}

// evaluate compares what the rules of a case count with what is known.
func (c *testCase) evaluate(t *testing.T) {
	t.Helper()
	o := c.objective(t)
	if in, ok := o.Indicator.(slo.Events); ok {
		c.classify(t, in, o)
	}
	s := newScene(t, c)
	s.run(o)
	if _, ok := o.Indicator.(slo.Raw); !ok { // which knows a ratio and no events
		c.tally(t)
		minutes := length.Minutes()
		s.want("bad events in the last minute", s.query(`slo:bad:tile`), c.bad, 1e-9)
		s.want("events in the last minute", s.query(`slo:total:tile`), c.total, 1e-9)
		s.want("all events", s.query(`sum(sum_over_time(slo:total:tile[1h]))`), c.total*minutes, 1.01/minutes)
	}
	s.want("error ratio with restarts", s.query(`slo:error:ratio_period`), c.bad/c.total, 1e-9)
	s.families(c)
	for _, d := range rules.Dialects() {
		badExpr, totalExpr := rules.Raw(o, d, 5*time.Minute)
		s.want(string(d)+": error ratio of the raw series", s.query(badExpr)/s.query(totalExpr), c.bad/c.total, 0.02)
	}
}

// tally compares what a case says it wants with the marks on its lines.
func (c *testCase) tally(t *testing.T) {
	t.Helper()
	var badSum, total float64
	add := func(m mark, n float64) {
		if m == good || m == bad || m == all {
			total += n
		}
		if m == bad || m == fault {
			badSum += n
		}
	}
	for _, line := range c.counters {
		add(line.mark, line.rate)
	}
	for _, g := range c.gauges {
		for _, isBad := range g.bad {
			switch {
			case !g.counts:
			case isBad:
				add(bad, 1)
			default:
				add(good, 1)
			}
		}
	}
	if badSum != c.bad || total != c.total || c.bad <= 0 || c.bad >= c.total {
		t.Errorf("the lines are %v bad of %v, the case says %v of %v; both kinds are needed", badSum, total, c.bad, c.total)
	}
}

// classify judges the events of a case, and puts the counters in their place
// that headroom exports for them.
func (c *testCase) classify(t *testing.T, in slo.Events, o *slo.Objective) {
	t.Helper()
	judge, err := event.NewClassifier(in)
	if err != nil {
		t.Fatal(err)
	}
	want := map[mark]event.Result{good: event.Good, bad: event.Bad, other: event.Ignored}
	counts := map[event.Result]float64{}
	for i, e := range c.events {
		if err := e.event.Validate(); err != nil {
			t.Errorf("event %d: %v", i+1, err)
		}
		got, err := judge.Classify(e.event)
		if err != nil || got != want[e.mark] {
			t.Errorf("event %d (%s %s, %s): %s, %v; want %s", i+1, e.event.Kind, e.event.Subject, e.event.Outcome, got, err, want[e.mark])
		}
		counts[got] += float64(e.rate)
	}
	if counts[event.Ignored] == 0 {
		t.Error("no event of the case must not count")
	}
	// Two replicas show the same counters; events count once.
	for _, instance := range []string{"a", "b"} {
		for result, n := range map[event.Result]float64{event.Good: counts[event.Good], event.Bad: counts[event.Bad]} {
			line := counter{mark: mark(result.String()), rate: n, labels: map[string]string{
				"__name__": rules.MetricEvents, "slo": o.ID.String(), "sli": o.SLI(), "result": result.String(), "job": "headroom", "instance": instance,
			}}
			if instance == "b" {
				line.mark = other
			}
			c.counters = append(c.counters, line)
		}
	}
}

// families compares the metrics that a template says it needs with what was
// loaded.
func (s *scene) families(c *testCase) {
	s.t.Helper()
	template, _ := manifest.Builtin().Find(c.template)
	for _, name := range template.Metrics(c.values) {
		if !s.metrics[name] {
			s.t.Errorf("the template is proposed where %s exists, which the case does not load", name)
		}
	}
}

// TestEveryTemplateHasACase asks for one of every template and of every choice.
func TestEveryTemplateHasACase(t *testing.T) {
	list := cases(t)
	for _, template := range manifest.Builtin().All() {
		var own []testCase
		for _, c := range list {
			if c.template == template.Name {
				own = append(own, c)
			}
		}
		if len(own) == 0 {
			t.Errorf("template %s has no case in testdata", template.Name)
			continue
		}
		for _, p := range template.Parameters {
			if p.Type == catalog.Choice {
				for _, option := range p.Choices {
					if !slices.ContainsFunc(own, func(c testCase) bool { return valueOf(c, &p) == option.Name }) {
						t.Errorf("template %s: no case has %s: %s", template.Name, p.Name, option.Name)
					}
				}
			}
		}
	}
	for _, c := range list {
		if _, found := manifest.Builtin().Find(c.template); !found {
			t.Errorf("case %s is about no template", c.name)
		}
	}
}

// valueOf returns the value that a parameter has in a case.
func valueOf(c testCase, p *catalog.Parameter) string {
	if v, given := c.values[p.Name]; given {
		return v.String()
	}
	if p.Default != nil {
		return p.Default.String()
	}
	return ""
}
