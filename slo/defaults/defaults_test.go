package defaults_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"

	"headroom/slo"
	"headroom/slo/defaults"
	"headroom/slo/diag"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const organisation = `headroom: v1
defaults: organisation
rules:
  - window: 7d
    channel: "#slo"
    require: [owner]
  - match: {namespaces: [platform]}
    owner: team-platform
    labels: {tier: "1", area: core}
  - match: {labels: {tier: "1"}, owners: [team-platform]}
    target: {min: 99%, max: 99.95%}
    require: [runbook, labels.tier]
    window: 14d
    resolution: 1m
    runbook: https://wiki.example/slo
    plan: quiet
  - match: {services: [checkout]}
    target: {max: 99%}
    require: []
`

func parse(t *testing.T, text string) *defaults.Set {
	t.Helper()
	set, problems := defaults.Parse("org.yaml", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return set
}

func rule(n, line string) string {
	return "defaults organisation, rule " + n + " (org.yaml:" + line + ")"
}

func TestFor(t *testing.T) {
	set := parse(t, organisation)
	str := func(v, source string) defaults.Value[string] { return defaults.Value[string]{V: v, Source: source} }
	first, second, third, fourth := rule("1", "4"), rule("2", "7"), rule("3", "10"), rule("4", "17")
	tests := map[string]struct {
		subject defaults.Subject
		want    defaults.Given
	}{
		"only the rule for all": {
			defaults.Subject{Namespace: "shop", Service: "checkout", Labels: map[string]string{"tier": "1"}},
			defaults.Given{
				Window: defaults.Value[time.Duration]{V: 7 * 24 * time.Hour, Source: first}, Channel: str("#slo", first),
				Require: defaults.Value[[]string]{V: []string{"owner"}, Source: first},
			},
		},
		"given owner and label match later rules": {
			defaults.Subject{Namespace: "platform", Service: "ci", Labels: map[string]string{"area": "ci"}},
			defaults.Given{
				Window:     defaults.Value[time.Duration]{V: 14 * 24 * time.Hour, Source: third},
				Resolution: defaults.Value[time.Duration]{V: time.Minute, Source: third},
				Owner:      str("team-platform", second), Channel: str("#slo", first), Runbook: str("https://wiki.example/slo", third), Plan: str("quiet", third),
				Labels: map[string]defaults.Value[string]{"tier": str("1", second), "area": str("core", second)},
				Min:    defaults.Value[slo.Target]{V: slo.MustTarget("99%"), Source: third}, Max: defaults.Value[slo.Target]{V: slo.MustTarget("99.95%"), Source: third},
				Require: defaults.Value[[]string]{V: []string{"runbook", "labels.tier"}, Source: third},
			},
		},
		"a declared label keeps the rule from matching": {
			defaults.Subject{Namespace: "platform", Service: "ci", Labels: map[string]string{"tier": "2"}},
			defaults.Given{
				Window: defaults.Value[time.Duration]{V: 7 * 24 * time.Hour, Source: first}, Owner: str("team-platform", second), Channel: str("#slo", first),
				Labels:  map[string]defaults.Value[string]{"tier": str("1", second), "area": str("core", second)},
				Require: defaults.Value[[]string]{V: []string{"owner"}, Source: first},
			},
		},
		"requiring nothing, for a service of the namespace default": {
			defaults.Subject{Namespace: "default", Service: "checkout"},
			defaults.Given{
				Window: defaults.Value[time.Duration]{V: 7 * 24 * time.Hour, Source: first}, Channel: str("#slo", first),
				Max:     defaults.Value[slo.Target]{V: slo.MustTarget("99%"), Source: fourth},
				Require: defaults.Value[[]string]{Source: fourth},
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, set.For(tt.subject), cmp.AllowUnexported(slo.Target{}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestBrokenRulesAreNotApplied asks that specs are not judged by what nobody
// meant, and still are by the rules beside it.
func TestBrokenRulesAreNotApplied(t *testing.T) {
	set, problems := defaults.Parse("org.yaml", []byte(`headroom: v1
defaults: organisation
rules:
  - window: 7d
    target: {min: 99.9%, max: 99%}
  - channel: "#slo"
  - {owner: x, runbok: y}
  - [1]
  - resolution: 1m
`))
	if !diag.HasErrors(problems) {
		t.Fatalf("problems %v", problems)
	}
	given := set.For(defaults.Subject{Namespace: "default", Service: "checkout"})
	want := defaults.Given{
		Channel:    defaults.Value[string]{V: "#slo", Source: rule("2", "6")},
		Resolution: defaults.Value[time.Duration]{V: time.Minute, Source: rule("5", "9")},
	}
	if diff := cmp.Diff(want, given, cmpopts.EquateEmpty(), cmp.AllowUnexported(slo.Target{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRelaxed(t *testing.T) {
	set := parse(t, organisation).Relaxed()
	given := set.For(defaults.Subject{Namespace: "platform", Service: "ci"})
	if given.Owner.V != "team-platform" || given.Min.IsSet() || given.Max.IsSet() || given.Require.IsSet() {
		t.Errorf("got %+v", given)
	}
	var none *defaults.Set
	if none.Relaxed() != nil || none.Hash() != "" || none.For(defaults.Subject{}).Window.IsSet() {
		t.Error("no set gives something")
	}
}

// TestHash asks that every change of what is given or asked shows, and nothing
// else does.
func TestHash(t *testing.T) {
	hash := parse(t, organisation).Hash()
	if other := parse(t, organisation+"# more\n").Hash(); other != hash {
		t.Error("a comment changes the hash")
	}
	for _, pair := range [][2]string{{"7d", "8d"}, {"#slo", "#sli"}, {"99.95%", "99.96%"}, {"quiet", "loud"}, {"require: []", "require: [owner]"}, {`"1", area`, `"2", area`}, {"[checkout]", "[cart]"}} {
		if other := parse(t, strings.Replace(organisation, pair[0], pair[1], 1)).Hash(); other == hash {
			t.Errorf("%s for %s does not change the hash", pair[1], pair[0])
		}
	}
}

// TestFiles asks that what was read can be read again, with every place.
func TestFiles(t *testing.T) {
	text := "# head\n\n---\n# nothing\n---\n" + organisation + "---\n" + strings.Replace(organisation, "organisation", "more", 1)
	set := parse(t, text)
	again, problems := defaults.Read(set.Files())
	if len(problems) > 0 || again.Hash() != set.Hash() {
		t.Errorf("problems %v, files %q", problems, set.Files())
	}
}

// TestProblems loads the .yaml sections of each archive; the last section is
// what diag.Write says of them.
func TestProblems(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d archives, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if file, err = filepath.Abs(file); err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			inputs := archive.Files[:len(archive.Files)-1]
			for _, f := range inputs {
				if err := os.MkdirAll(filepath.Dir(f.Name), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(f.Name, f.Data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, problems := defaults.Load(strings.Fields(string(archive.Comment)))
			var out bytes.Buffer
			if err := diag.Write(&out, problems); err != nil {
				t.Fatal(err)
			}
			if *update {
				archive.Files[len(inputs)] = txtar.File{Name: "want", Data: out.Bytes()}
				if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(archive.Files[len(archive.Files)-1].Data), out.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestExamplesOfChecks asks of each page on defaults that its bad example
// triggers the check and its good example does not.
func TestExamplesOfChecks(t *testing.T) {
	for _, id := range []string{"duplicate-defaults", "defaults-value"} {
		text, err := os.ReadFile("../../docs/checks/" + id + ".md")
		if err != nil {
			t.Fatal(err)
		}
		blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
		if _, problems := defaults.Parse("a.yaml", []byte(blocks[0][1])); !slices.ContainsFunc(problems, func(p diag.Problem) bool { return p.Check == id }) {
			t.Errorf("%s: the bad example has the problems %v", id, problems)
		}
		if _, problems := defaults.Parse("a.yaml", []byte(blocks[1][1])); len(problems) > 0 {
			t.Errorf("%s: the good example has the problems %v", id, problems)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(organisation))
	f.Add([]byte("headroom: v1\ndefaults: a\nrules: [{match: {labels: {a: b}}, require: [labels.x]}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		set, problems := defaults.Parse("a.yaml", data)
		if diag.HasErrors(problems) {
			return
		}
		set.For(defaults.Subject{Namespace: "a", Service: "b"})
	})
}
