package manifest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"headroom/slo"
	"headroom/slo/defaults"
	"headroom/slo/diag"
	"headroom/slo/manifest"
)

const organisation = `headroom: v1
defaults: organisation
rules:
  - window: 7d
    channel: "#slo"
    labels: {tier: "2", region: all}
  - match: {labels: {tier: "1"}}
    target: {min: 99%, max: 99.95%}
    owner: team-platform
    resolution: 1m
`

func parseDefaults(t *testing.T, text string) *defaults.Set {
	t.Helper()
	set, problems := defaults.Parse("org.yaml", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return set
}

const inheriting = `headroom: v1
service: platform/ci
owner: team-ci
labels: {area: build}
objectives:
  first:
    target: 99.9%
    labels: {tier: "1", area: test}
    group: [region]
    gauge: up
  second:
    description: Runs.
    window: 1d
    target: 99.99%
    gauge: up
`

func TestInherit(t *testing.T) {
	documents, problems := manifest.Options{Defaults: parseDefaults(t, organisation)}.Parse("ci/slo.yaml", []byte(inheriting))
	if len(problems) > 0 || len(documents) != 1 || len(documents[0].Objectives) != 2 {
		t.Fatalf("%v, %v", documents, problems)
	}
	const first, second = "defaults organisation, rule 1 (org.yaml:4)", "defaults organisation, rule 2 (org.yaml:7)"
	want := []map[string]string{
		{
			"namespace": "ci/slo.yaml:2", "owner": "ci/slo.yaml:3", "channel": first, "target": "ci/slo.yaml:7",
			"labels.area": "ci/slo.yaml:8", "labels.tier": "ci/slo.yaml:8", "group": "ci/slo.yaml:9",
			"window": first, "resolution": second,
		},
		{
			"namespace": "ci/slo.yaml:2", "owner": "ci/slo.yaml:3", "channel": first, "target": "ci/slo.yaml:14",
			"labels.area": "ci/slo.yaml:4", "labels.tier": first, "labels.region": first, "description": "ci/slo.yaml:12",
			"window": "ci/slo.yaml:13", "resolution": slo.SourceHeadroom,
		},
	}
	for i, o := range documents[0].Objectives {
		if diff := cmp.Diff(want[i], o.Sources); diff != "" {
			t.Errorf("%s: sources (-want +got):\n%s", o.ID, diff)
		}
	}
	o, other := documents[0].Objectives[0], documents[0].Objectives[1]
	if o.Window.Rolling != 7*24*time.Hour || o.Resolution != time.Minute || o.Channel != "#slo" || o.Owner != "team-ci" {
		t.Errorf("first: %+v", o)
	}
	if diff := cmp.Diff(map[string]string{"tier": "1", "area": "test"}, o.Labels); diff != "" {
		t.Errorf("labels of first: %s", diff)
	}
	if diff := cmp.Diff(map[string]string{"tier": "2", "area": "build", "region": "all"}, other.Labels); diff != "" {
		t.Errorf("labels of second: %s", diff)
	}
	if other.Resolution != slo.DefaultResolution || other.Window.Rolling != 24*time.Hour {
		t.Errorf("second: %+v", other)
	}
}

// TestSourcesAreInNoHash asks that where a value comes from changes no rule.
func TestSourcesAreInNoHash(t *testing.T) {
	read := func(text string) *slo.Objective {
		documents, problems := manifest.Parse("slo.yaml", []byte(text))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return documents[0].Objectives[0]
	}
	const head, tail = "headroom: v1\nservice: a\nobjectives:\n  o:\n", "    target: 99%\n    gauge: up\n"
	plain, written := read(head+tail), read(head+"    window: 28d\n    resolution: 5m\n"+tail)
	if plain.SpecHash() != written.SpecHash() || cmp.Equal(plain.Sources, written.Sources) {
		t.Errorf("hashes %s and %s, sources %v and %v", plain.SpecHash(), written.SpecHash(), plain.Sources, written.Sources)
	}
}

// TestPagesOnDefaults asks that the second example of a page triggers the
// check with the defaults in the first, and the third does not.
func TestPagesOnDefaults(t *testing.T) {
	for _, id := range []string{"default-target-bound", "required-field"} {
		text, err := os.ReadFile(filepath.Join(pages, id+".md"))
		if err != nil {
			t.Fatal(err)
		}
		blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
		if len(blocks) != 3 {
			t.Fatalf("%s: %d examples", id, len(blocks))
		}
		options := manifest.Options{Defaults: parseDefaults(t, blocks[0][1])}
		if _, problems := options.Parse("slo.yaml", []byte(blocks[1][1])); !slices.ContainsFunc(problems, func(p diag.Problem) bool { return p.Check == id }) {
			t.Errorf("%s: the bad example has the problems %v", id, problems)
		}
		if _, problems := options.Parse("slo.yaml", []byte(blocks[2][1])); len(problems) > 0 {
			t.Errorf("%s: the good example has the problems %v", id, problems)
		}
		options.Defaults = options.Defaults.Relaxed()
		if _, problems := options.Parse("slo.yaml", []byte(blocks[1][1])); len(problems) > 0 {
			t.Errorf("%s: relaxed defaults report %v", id, problems)
		}
	}
}

func TestRequired(t *testing.T) {
	set := parseDefaults(t, `headroom: v1
defaults: organisation
rules:
  - require: [owner, channel, runbook, description, labels.tier]
  - match: {services: [given]}
    owner: a
    channel: b
    runbook: https://c
    labels: {tier: "1"}
`)
	const objectives = "objectives:\n  o: {target: 99%, gauge: up}\n  p: {description: x, runbook: 'https://x', labels: {tier: '3'}, target: 99%, gauge: up}\n"
	_, problems := manifest.Options{Defaults: set}.Parse("slo.yaml", []byte("headroom: v1\nservice: a\nowner: ' '\n"+objectives))
	var got []string
	for _, p := range problems {
		if p.Check != "required-field" {
			t.Errorf("%v", p)
		}
		got = append(got, regexp.MustCompile(`^\S+`).FindString(p.Message)+p.Excerpt[:min(4, len(p.Excerpt))])
	}
	if diff := cmp.Diff([]string{"ownerserv", "channelserv", "runbook  o:", "description  o:", "labels.tier  o:"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, problems = manifest.Options{Defaults: set}.Parse("slo.yaml", []byte("headroom: v1\nservice: given\ndescription: y\n"+objectives))
	if len(problems) > 0 {
		t.Errorf("given by a rule, and yet missing: %v", problems)
	}
}

// TestCacheKnowsDefaults changes the defaults and no file.
func TestCacheKnowsDefaults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "slo.yaml")
	if err := os.WriteFile(path, []byte("headroom: v1\nservice: a\nobjectives: {o: {target: 99.99%, gauge: up}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	later := func() time.Time { return time.Now().Add(time.Hour) }
	options := manifest.Options{Cache: manifest.NewCache(later)}
	load := func(wantChange bool, wantProblems int, wantWindow time.Duration) {
		t.Helper()
		result := manifest.Load(t.Context(), []string{path}, options)
		if options.Cache.Changed() != wantChange || len(result.Problems) != wantProblems {
			t.Errorf("changed %t, problems %v", options.Cache.Changed(), result.Problems)
		}
		if list := result.Objectives(); wantProblems == 0 && list[0].Window.Rolling != wantWindow {
			t.Errorf("window %s", list[0].Window)
		}
	}
	load(true, 0, slo.DefaultWindow)
	load(false, 0, slo.DefaultWindow)
	options.Defaults = parseDefaults(t, "headroom: v1\ndefaults: a\nrules: [{window: 7d}]\n")
	load(true, 0, 7*24*time.Hour)
	load(false, 0, 7*24*time.Hour)
	options.Defaults = parseDefaults(t, "headroom: v1\ndefaults: a\nrules: [{target: {max: 99.9%}}]\n")
	load(true, 1, 0)
	options.Defaults = nil
	load(true, 0, slo.DefaultWindow)
}

// plans is a set of alert plans that say nothing.
type plans []string

func (p plans) Names() []string { return p }
func (p plans) Hash() string    { return fmt.Sprint(p) }
func (p plans) Find(name string) (*slo.AlertPlan, bool) {
	return &slo.AlertPlan{Name: name}, slices.Contains(p, name)
}

// labelled is the plan "regional", which gives tickets a label.
type labelled struct{ plans }

func (labelled) Find(name string) (*slo.AlertPlan, bool) {
	return &slo.AlertPlan{Name: name, Ticket: slo.NoticeWish{Labels: map[string]string{"region": "eu"}}}, name == "regional"
}

// TestAPlanSetsNoGroupLabel keeps the alerts of all groups from having the same
// labels, which Prometheus refuses to evaluate.
func TestAPlanSetsNoGroupLabel(t *testing.T) {
	for group, want := range map[string]string{
		"zone":   "",
		"region": "label region is also set by the alert plan regional, under ticket",
	} {
		options := manifest.Options{Plans: labelled{}}
		text := "headroom: v1\nservice: a\nplan: regional\nobjectives: {o: {target: 99%, group: [" + group + "], gauge: up}}\n"
		_, problems := options.Parse("slo.yaml", []byte(text))
		switch {
		case want == "" && len(problems) > 0:
			t.Errorf("%s: %v", group, problems)
		case want != "" && (len(problems) != 1 || problems[0].Check != "group-label" || problems[0].Message != want):
			t.Errorf("%s: %v, want %s", group, problems, want)
		}
	}
}

func TestPlan(t *testing.T) {
	options := manifest.Options{
		Plans:    plans{"loud", "quiet", "silent"},
		Defaults: parseDefaults(t, "headroom: v1\ndefaults: d\nrules: [{plan: quiet}, {match: {services: [c]}, plan: none}]\n"),
	}
	for text, want := range map[string]string{
		"service: a\nobjectives: {o: {target: 99%, gauge: up}}\n":                           "quiet, defaults d, rule 1 (org.yaml:3)",
		"service: a\nplan: loud\nobjectives: {o: {target: 99%, gauge: up}}\n":               "loud, slo.yaml:3",
		"service: a\nplan: loud\nobjectives: {o: {plan: silent, target: 99%, gauge: up}}\n": "silent, slo.yaml:4",
		"service: b\nplan: lod\nobjectives: {o: {target: 99%, gauge: up}}\n":                `there is no alert plan "lod": did you mean loud?`,
		"service: c\nobjectives: {o: {target: 99%, gauge: up}}\n":                           `there is no alert plan "none", which is chosen by defaults d, rule 2 (org.yaml:3): write one of loud, quiet, silent`,
	} {
		documents, problems := options.Parse("slo.yaml", []byte("headroom: v1\n"+text))
		got := ""
		switch {
		case len(problems) == 1 && problems[0].Check == "unknown-plan":
			got = problems[0].Message + ": " + problems[0].Hint
		case len(problems) == 0:
			o := documents[0].Objectives[0]
			got = o.Plan.Name + ", " + o.Sources["plan"]
		}
		if got != want {
			t.Errorf("%s: got %q, %v, want %q", text, got, problems, want)
		}
	}
}
