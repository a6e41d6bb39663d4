package policy_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"headroom/budget/policy"
	"headroom/slo"
	"headroom/slo/diag"
)

const (
	freeze = "headroom: v1\npolicy: freeze\n"
	early  = "headroom: v1\npolicy: early\nfreeze: {remaining: 10%}\n"
	broken = "headroom: v1\npolicy: freeze\nmode: enforced!\n"
)

// memory is a Store.
type memory struct {
	good  []policy.Good
	saves int
	err   error
}

func (m *memory) LoadGoodPolicies(context.Context) ([]policy.Good, error) { return m.good, m.err }

func (m *memory) SaveGoodPolicies(_ context.Context, good []policy.Good) error {
	m.good, m.saves = good, m.saves+1
	return m.err
}

// world is a directory of policies that a registry looks at.
type world struct {
	t     *testing.T
	dir   string
	store *memory
	o     policy.Options
	r     *policy.Registry
	last  policy.Snapshot
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), store: &memory{}}
	w.restart()
	return w
}

func (w *world) restart() { w.r = policy.NewRegistry(w.store, w.o) }

func (w *world) write(name, content string) {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) remove(name string) {
	w.t.Helper()
	if err := os.RemoveAll(filepath.Join(w.dir, name)); err != nil {
		w.t.Fatal(err)
	}
}

// has updates and demands the policies in force and the checks of the problems.
func (w *world) has(policies string, checks ...string) {
	w.t.Helper()
	snapshot, err := w.r.Update(w.t.Context(), []string{w.dir})
	if err != nil && w.store.err == nil {
		w.t.Fatal(err)
	}
	w.last = snapshot
	var names, got []string
	for _, p := range snapshot.Policies {
		names = append(names, p.Name)
	}
	for _, p := range snapshot.Problems {
		got = append(got, p.Check)
	}
	slices.Sort(got)
	if strings.Join(names, " ") != policies || !slices.Equal(got, checks) {
		w.t.Fatalf("policies %v with the problems %v, want %q with %v", names, snapshot.Problems, policies, checks)
	}
}

func TestRegistryFollowsFiles(t *testing.T) {
	w := newWorld(t)
	w.write("production.policy.yaml", freeze)
	w.write("team/policy.yaml", early)
	w.write(".git/policy.yaml", "hidden")
	w.write("readme.yaml", "not a policy")
	w.has("early freeze")
	w.write("production.policy.yaml", freeze+"---\n"+strings.Replace(early, "early", "late", 1))
	w.has("early freeze late")
	w.remove("team")
	w.has("freeze late")
	w.write("moved.policy.yaml", freeze)
	w.remove("production.policy.yaml")
	w.has("freeze")
	if w.store.saves == 0 || len(w.store.good) != 1 {
		t.Errorf("%d good policies after %d saves", len(w.store.good), w.store.saves)
	}
	before := w.store.saves
	w.has("freeze")
	if w.store.saves != before {
		t.Error("saved although nothing changed")
	}
}

// TestMistakesLiftNoFreeze breaks the files in every way, each with and
// without a restart.
func TestMistakesLiftNoFreeze(t *testing.T) {
	for name, test := range map[string]struct {
		spoil  func(w *world)
		checks []string
	}{
		"a word":          {func(w *world) { w.write("p/freeze.policy.yaml", broken) }, []string{"last-good-used", "policy-value"}},
		"the name":        {func(w *world) { w.write("p/freeze.policy.yaml", "headroom: v1\npolicy: FREEZE\n") }, []string{"invalid-name", "last-good-used"}},
		"the syntax":      {func(w *world) { w.write("p/freeze.policy.yaml", "headroom: v1\npolicy: [\n") }, []string{"last-good-used", "yaml-syntax"}},
		"emptied":         {func(w *world) { w.write("p/freeze.policy.yaml", "") }, []string{"empty-file", "last-good-used"}},
		"another kind":    {func(w *world) { w.write("p/freeze.policy.yaml", "headroom: v1\nservice: a\n") }, []string{"document-kind", "last-good-used"}},
		"no files":        {func(w *world) { w.remove("p") }, []string{"last-good-used", "no-policies"}},
		"no directory":    {func(w *world) { w.remove("") }, []string{"last-good-used", "unreadable-file"}},
		"a directory":     {func(w *world) { w.remove("p/freeze.policy.yaml"); w.write("p/freeze.policy.yaml/x", "") }, []string{"last-good-used", "no-policies"}},
		"beside another":  {func(w *world) { w.write("p/freeze.policy.yaml", early+"---\n"+broken) }, []string{"last-good-used", "policy-value"}},
		"a second of it":  {func(w *world) { w.write("a.policy.yaml", freeze) }, []string{"duplicate-policy"}},
		"nothing at all":  {func(*world) {}, nil},
		"a lookalike too": {func(w *world) { w.write("p/freeze.yaml", broken) }, nil},
	} {
		for _, restart := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, restart %t", name, restart), func(t *testing.T) {
				w := newWorld(t)
				w.write("p/freeze.policy.yaml", freeze)
				w.has("freeze")
				test.spoil(w)
				if restart {
					w.restart()
				}
				want := "freeze"
				if name == "beside another" {
					want = "early freeze"
				}
				w.has(want, test.checks...)
				if p := w.last.Policies[len(w.last.Policies)-1]; p.Place.File != filepath.Join(w.dir, "p/freeze.policy.yaml") || p.Place.Line != 2 {
					t.Errorf("the policy in force is from %v", p.Place)
				}
			})
		}
	}
}

func TestAllowEmptyRemoves(t *testing.T) {
	w := newWorld(t)
	w.write("freeze.policy.yaml", freeze)
	w.has("freeze")
	w.remove("freeze.policy.yaml")
	w.has("freeze", "last-good-used", "no-policies")
	if hint := w.last.Problems[0].Hint + w.last.Problems[1].Hint; !strings.Contains(hint, "--allow-empty") {
		t.Errorf("the hints do not say how to remove the policy: %v", w.last.Problems)
	}
	w.o.AllowEmpty = true
	w.restart()
	w.has("")
}

func TestUnconfiguredPathsAreForgotten(t *testing.T) {
	w := newWorld(t)
	w.write("freeze.policy.yaml", freeze)
	w.has("freeze")
	if s, err := w.r.Update(t.Context(), nil); err != nil || len(s.Policies)+len(s.Problems) > 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestStoreFailureIsNoLoss(t *testing.T) {
	w := newWorld(t)
	w.write("freeze.policy.yaml", freeze)
	w.has("freeze")
	w.restart()
	w.store.err = errors.New("disk is gone")
	w.write("freeze.policy.yaml", broken)
	w.has("", "policy-value") // nobody can know what was good
	w.store.err = nil
	w.has("freeze", "last-good-used", "policy-value")
}

func TestLinksAndNamedFiles(t *testing.T) {
	w := newWorld(t)
	w.write(".data/production.policy.yaml", freeze)
	if err := os.Symlink(".data/production.policy.yaml", filepath.Join(w.dir, "production.policy.yaml")); err != nil {
		t.Fatal(err)
	}
	w.has("freeze")
	link := filepath.Join(t.TempDir(), "policies")
	if err := os.Symlink(w.dir, link); err != nil {
		t.Fatal(err)
	}
	named := filepath.Join(w.dir, "any.name")
	w.write("any.name", early)
	s, err := policy.NewRegistry(nil, policy.Options{}).Update(t.Context(), []string{link, named, named})
	if err != nil || len(s.Policies) != 2 || len(s.Problems) > 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestDuplicateIsPointedAt(t *testing.T) {
	w := newWorld(t)
	w.write("b.policy.yaml", early+"---\n"+freeze)
	w.has("early freeze")
	w.write("a.policy.yaml", freeze)
	w.has("early freeze", "duplicate-policy")
	p := w.last.Problems[0]
	if filepath.Base(p.File) != "a.policy.yaml" || p.Line != 2 || p.Column != 9 || p.EndColumn != 15 || p.Excerpt != "policy: freeze" {
		t.Errorf("%+v", p)
	}
}

func TestMatches(t *testing.T) {
	o := &slo.Objective{
		ID: slo.ID{Namespace: "shop", Service: "checkout", Objective: "availability"}, Owner: "payments",
		Labels: map[string]string{"tier": "1", "region": "eu"},
	}
	for text, want := range map[string]bool{
		`{}`:                   true,
		`{namespaces: ["*"]}`:  true,
		`{namespaces: [shop]}`: true, `{namespaces: [default, shop]}`: true, `{namespaces: [default]}`: false,
		`{services: [shop/checkout]}`: true, `{services: [checkout]}`: false, `{services: []}`: true,
		`{owners: [payments]}`: true, `{owners: [search]}`: false, `{owners: ["*"]}`: false,
		`{ids: [shop/checkout/availability]}`: true, `{ids: [shop/checkout/latency]}`: false,
		`{labels: {tier: 1}}`: true, `{labels: {tier: 1, region: us}}`: false, `{labels: {zone: a}}`: false, `{labels: {zone: ""}}`: false,
		`{namespaces: [shop], owners: [payments], services: [shop/checkout], labels: {region: eu}}`: true,
		`{namespaces: [shop], owners: [search]}`:                                                    false,
	} {
		p := parseOne(t, "headroom: v1\npolicy: a\nobjectives: "+text+"\n")
		if got := p.Objectives.Matches(o); got != want {
			t.Errorf("%s matches: %t", text, got)
		}
		if unused := policy.Unused([]policy.Policy{p}, []*slo.Objective{o}); (len(unused) == 0) != want {
			t.Errorf("%s: %v", text, unused)
		} else if !want && (unused[0].Line != 3 || unused[0].Severity != diag.Warning) {
			t.Errorf("%s: %+v", text, unused[0])
		}
	}
}

func TestCovers(t *testing.T) {
	p := parseOne(t, "headroom: v1\npolicy: a\nenvironments: [production, Staging]\n")
	all := parseOne(t, "headroom: v1\npolicy: a\nenvironments: [\"*\"]\n")
	for environment, want := range map[string]bool{"production": true, "PRODUCTION": true, "staging": true, "prod": false, "": false, "*": false} {
		if got := p.Covers(environment); got != want || !all.Covers(environment) {
			t.Errorf("covers %q: %t", environment, got)
		}
	}
}
