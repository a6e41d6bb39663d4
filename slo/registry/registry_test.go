package registry_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/slo/registry"
)

// memory is a Store that can be told to refuse.
type memory struct {
	good             []registry.Good
	saves            int
	loadErr, saveErr error
}

func (m *memory) LoadGood(context.Context) ([]registry.Good, error) {
	return slices.Clone(m.good), m.loadErr
}

func (m *memory) SaveGood(_ context.Context, good []registry.Good) error {
	if m.saveErr == nil {
		m.good = slices.Clone(good)
		m.saves++
	}
	return m.saveErr
}

// world is a directory of specs with a registry that looks at it.
type world struct {
	t        *testing.T
	dir      string
	now      time.Time
	store    *memory
	options  registry.Options
	registry *registry.Registry
	sources  []registry.Source
}

func newWorld(t *testing.T, namespaces ...string) *world {
	t.Helper()
	w := &world{t: t, dir: filepath.Join(t.TempDir(), "specs"), now: time.Now().Add(time.Hour), store: &memory{}}
	w.sources = []registry.Source{{Path: w.dir, Namespaces: namespaces}}
	if err := os.Mkdir(w.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	w.restart()
	return w
}

func (w *world) restart() {
	w.options.Now = func() time.Time { return w.now }
	w.registry = registry.New(w.store, w.options)
}

func (w *world) put(name, text string) {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) remove(name string) {
	w.t.Helper()
	if err := os.RemoveAll(filepath.Join(w.dir, name)); err != nil {
		w.t.Fatal(err)
	}
}

// update returns what is in force in one line, "id=target …", and the problems
// as "file:check …".
func (w *world) update() (objectives, problems string) {
	w.t.Helper()
	snapshot, err := w.registry.Update(w.t.Context(), w.sources)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.describe(snapshot)
}

func (w *world) describe(snapshot registry.Snapshot) (objectives, problems string) {
	var list, wrong []string
	for _, o := range snapshot.Objectives {
		list = append(list, strings.TrimPrefix(o.ID.String(), "default/")+"="+o.Target.String())
	}
	for _, p := range snapshot.Problems {
		name, err := filepath.Rel(w.dir, p.File)
		if err != nil {
			name = p.File
		}
		wrong = append(wrong, name+":"+p.Check)
	}
	return strings.Join(list, " "), strings.Join(wrong, " ")
}

func (w *world) want(step, objectives, problems string) {
	w.t.Helper()
	gotObjectives, gotProblems := w.update()
	if gotObjectives != objectives {
		w.t.Errorf("%s: in force: %s, want %s", step, gotObjectives, objectives)
	}
	if gotProblems != problems {
		w.t.Errorf("%s: problems: %s, want %s", step, gotProblems, problems)
	}
}

func spec(service, target string) string {
	return fmt.Sprintf("---\nheadroom: v1\nservice: %s\nobjectives: {o: {target: %s, gauge: up}}\n", service, target)
}

const brokenYAML = "---\nheadroom: v1\nservice: [\n"

func TestBrokenDocumentKeepsItsLastGoodVersion(t *testing.T) {
	w := newWorld(t)
	w.put("a.slo.yaml", spec("a", "99%")+spec("b", "99%"))
	w.put("c.slo.yaml", spec("c", "99%"))
	w.want("at first", "a/o=99% b/o=99% c/o=99%", "")

	w.put("a.slo.yaml", spec("a", "98")+spec("b", "98%")+spec("d", "98%"))
	w.put("c.slo.yaml", spec("c", "98%"))
	w.want("a broken", "a/o=99% b/o=98% c/o=98% d/o=98%", "a.slo.yaml:last-good-used a.slo.yaml:target-format")

	w.put("a.slo.yaml", spec("a", "97%")+spec("b", "97%"))
	w.want("mended, d removed", "a/o=97% b/o=97% c/o=98%", "")
}

func TestUnknownDocumentKeepsAllServicesOfItsFile(t *testing.T) {
	for name, text := range map[string]string{
		"syntax":     brokenYAML + spec("b", "98%"),
		"no service": "---\nheadroom: v1\nobjectives: {}\n" + spec("b", "98%"),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.put("slo.yaml", spec("a", "99%")+spec("b", "99%")+spec("c", "99%"))
			w.update()
			w.put("slo.yaml", text)
			if got, _ := w.update(); got != "a/o=99% b/o=98% c/o=99%" {
				t.Errorf("in force: %s", got)
			}
		})
	}
	for name, damage := range map[string]func(w *world){
		"empty file":      func(w *world) { w.put("slo.yaml", "") },
		"half written":    func(w *world) { w.put("slo.yaml", "headroom: v1\nserv") },
		"directory":       func(w *world) { w.remove("slo.yaml"); w.put("slo.yaml/x", "") },
		"dangling link":   func(w *world) { w.remove("slo.yaml"); _ = os.Symlink("gone", filepath.Join(w.dir, "slo.yaml")) },
		"too large":       func(w *world) { _ = os.Truncate(filepath.Join(w.dir, "slo.yaml"), 100<<20) },
		"not UTF-8":       func(w *world) { w.put("slo.yaml", "\xff\xfe") },
		"other namespace": func(w *world) { w.put("slo.yaml", spec("elsewhere/a", "98%")) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "default")
			w.put("slo.yaml", spec("a", "99%")+spec("b", "99%"))
			w.put("z.slo.yaml", spec("z", "99%"))
			w.update()
			damage(w)
			w.put("z.slo.yaml", spec("z", "98%"))
			objectives, problems := w.update()
			if objectives != "a/o=99% b/o=99% z/o=98%" || !strings.Contains(problems, "slo.yaml:last-good-used") {
				t.Errorf("in force: %s, problems: %s", objectives, problems)
			}
		})
	}
}

func TestLastGoodVersionSurvivesARestart(t *testing.T) {
	w := newWorld(t)
	w.put("slo.yaml", "# header\n"+spec("a", "99%")+spec("b", "99%"))
	w.update()
	before, err := w.registry.Update(t.Context(), w.sources)
	if err != nil {
		t.Fatal(err)
	}
	w.put("slo.yaml", brokenYAML)
	w.restart()
	w.want("restarted on a broken file", "a/o=99% b/o=99%", "slo.yaml:last-good-used slo.yaml:last-good-used slo.yaml:yaml-syntax")
	after, err := w.registry.Update(t.Context(), w.sources)
	if err != nil {
		t.Fatal(err)
	}
	if before.Version != after.Version {
		t.Errorf("version changed from %s to %s", before.Version, after.Version)
	}
	for i, o := range after.Objectives {
		if was := before.Objectives[i]; o.Place != was.Place || o.SpecHash() != was.SpecHash() {
			t.Errorf("%s at %v, was at %v", o.ID, o.Place, was.Place)
		}
	}
}

func TestRemovedFileRemovesItsObjectives(t *testing.T) {
	w := newWorld(t)
	w.put("a.slo.yaml", spec("a", "99%"))
	w.put("sub/b.slo.yaml", spec("b", "99%"))
	w.update()
	w.remove("sub")
	w.want("removed", "a/o=99%", "")
	w.restart()
	w.want("restarted", "a/o=99%", "")
	if len(w.store.good) != 1 {
		t.Errorf("the store keeps %d documents", len(w.store.good))
	}
}

func TestEmptiedDirectoryRemovesNothing(t *testing.T) {
	for name, empty := range map[string]func(w *world) error{
		"empty":   func(w *world) error { return os.Remove(filepath.Join(w.dir, "slo.yaml")) },
		"missing": func(w *world) error { return os.RemoveAll(w.dir) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.put("slo.yaml", spec("a", "99%"))
			w.update()
			if err := empty(w); err != nil {
				t.Fatal(err)
			}
			for _, step := range []string{"at once", "again", "after a restart"} {
				if step == "after a restart" {
					w.restart()
				}
				objectives, problems := w.update()
				if objectives != "a/o=99%" || !strings.Contains(problems, "slo.yaml:last-good-used") {
					t.Errorf("%s: in force: %s, problems: %s", step, objectives, problems)
				}
			}
			w.options.AllowEmpty = true
			w.restart()
			w.want("allowed", "", "")
		})
	}
}

func TestUnreadableDirectoryRemovesNothing(t *testing.T) {
	w := newWorld(t)
	w.put("slo.yaml", spec("a", "99%"))
	w.options.AllowEmpty = true // which is about empty ones
	w.restart()
	w.update()
	if err := os.RemoveAll(w.dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(w.dir, w.dir); err != nil { // a loop, which root cannot read either
		t.Fatal(err)
	}
	w.want("unreadable", "a/o=99%", ".:unreadable-file slo.yaml:last-good-used")
}

func TestNamespaces(t *testing.T) {
	w := newWorld(t, "team", "default")
	w.put("slo.yaml", spec("team/a", "99%")+spec("b", "99%")+spec("other/c", "99%"))
	w.want("bound", "b/o=99% team/a/o=99%", "slo.yaml:namespace-not-allowed")

	w.sources[0].Namespaces = []string{"team"}
	w.put("slo.yaml", brokenYAML)
	w.want("tightened while broken", "team/a/o=99%", "slo.yaml:last-good-used slo.yaml:yaml-syntax")

	w.put("slo.yaml", spec("other/c", "99%"))
	w.sources[0].Namespaces = []string{registry.AllNamespaces}
	w.want("all", "other/c/o=99%", "")
}

func TestNamespaceProblemPointsAtTheService(t *testing.T) {
	w := newWorld(t, "team")
	w.put("slo.yaml", spec("team/a", "99%")+spec("other/c", "99%"))
	snapshot, err := w.registry.Update(t.Context(), w.sources)
	if err != nil || len(snapshot.Problems) != 1 {
		t.Fatal(snapshot.Problems, err)
	}
	if p := snapshot.Problems[0]; p.Line != 7 || p.Column != 10 || p.Excerpt != "service: other/c" {
		t.Errorf("%+v", p)
	}
}

func TestIncumbentKeepsItsID(t *testing.T) {
	w := newWorld(t)
	w.put("b.slo.yaml", spec("a", "99%"))
	w.update()
	w.put("a.slo.yaml", spec("a", "98%")) // earlier in the alphabet, later in time
	w.want("newcomer", "a/o=99%", "a.slo.yaml:duplicate-id")
	w.restart()
	w.want("restarted", "a/o=99%", "a.slo.yaml:duplicate-id")
	w.put("b.slo.yaml", spec("a", "97%"))
	w.want("incumbent changed", "a/o=97%", "a.slo.yaml:duplicate-id")
	w.put("b.slo.yaml", brokenYAML)
	w.want("incumbent broken", "a/o=97%", "a.slo.yaml:duplicate-id b.slo.yaml:last-good-used b.slo.yaml:yaml-syntax")
	w.restart()
	w.want("restarted while broken", "a/o=97%", "a.slo.yaml:duplicate-id b.slo.yaml:last-good-used b.slo.yaml:yaml-syntax")
	w.remove("b.slo.yaml")
	w.want("incumbent gone", "a/o=98%", "")
	w.put("b.slo.yaml", spec("a", "96%"))
	w.want("roles changed", "a/o=98%", "b.slo.yaml:duplicate-id")
}

func TestUnchangedFilesCostNothing(t *testing.T) {
	w := newWorld(t)
	w.put("slo.yaml", spec("a", "99%"))
	w.put("bad.slo.yaml", brokenYAML)
	first, err := w.registry.Update(t.Context(), w.sources)
	if err != nil {
		t.Fatal(err)
	}
	second, err := w.registry.Update(t.Context(), w.sources)
	if err != nil {
		t.Fatal(err)
	}
	if first.Objectives[0] != second.Objectives[0] || first.Version != second.Version || w.store.saves != 1 {
		t.Errorf("objectives %p and %p, versions %s and %s, %d saves", first.Objectives[0], second.Objectives[0], first.Version, second.Version, w.store.saves)
	}
	w.put("slo.yaml", spec("a", "98%"))
	third, err := w.registry.Update(t.Context(), w.sources)
	if err != nil || third.Version == second.Version || w.store.saves != 2 {
		t.Errorf("after a change: version %s, %d saves, %v", third.Version, w.store.saves, err)
	}
}

func TestSourcesThatOverlap(t *testing.T) {
	w := newWorld(t, "default")
	w.put("slo.yaml", spec("a", "99%"))
	w.put("team/slo.yaml", spec("team/b", "99%"))
	sub := filepath.Join(w.dir, "team")
	w.sources = []registry.Source{{Path: sub, Namespaces: []string{"team"}}, w.sources[0]}
	w.want("both", "a/o=99% team/b/o=99%", "")
	w.put("team/slo.yaml", spec("team/b", "98"))
	w.want("broken once", "a/o=99% team/b/o=99%", "team/slo.yaml:last-good-used team/slo.yaml:target-format")
	w.sources = w.sources[:1]
	w.want("source removed", "team/b/o=99%", "team/slo.yaml:last-good-used team/slo.yaml:target-format")
}

func TestStoreThatRefuses(t *testing.T) {
	refusal := errors.New("disk on fire")
	w := newWorld(t)
	w.put("a.slo.yaml", spec("a", "99%"))
	w.put("b.slo.yaml", spec("b", "99%"))
	w.update()

	w.put("b.slo.yaml", brokenYAML)
	w.store.loadErr = refusal
	w.restart()
	snapshot, err := w.registry.Update(t.Context(), w.sources)
	if objectives, _ := w.describe(snapshot); !errors.Is(err, refusal) || objectives != "a/o=99%" {
		t.Errorf("store that cannot be read: %s, %v", objectives, err)
	}
	if w.store.saves != 1 {
		t.Error("a store that could not be read was written")
	}
	w.store.loadErr = nil
	w.want("read later", "a/o=99% b/o=99%", "b.slo.yaml:last-good-used b.slo.yaml:yaml-syntax")

	w.store.saveErr = refusal
	w.put("a.slo.yaml", spec("a", "98%"))
	snapshot, err = w.registry.Update(t.Context(), w.sources)
	if objectives, _ := w.describe(snapshot); !errors.Is(err, refusal) || objectives != "a/o=98% b/o=99%" {
		t.Errorf("store that cannot be written: %s, %v", objectives, err)
	}
	w.store.saveErr = nil
	saves := w.store.saves
	w.update()
	if w.store.saves != saves+1 {
		t.Error("the store was not written at the next update")
	}
}

func TestEndedContextChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.put("slo.yaml", spec("a", "99%"))
	w.update()
	w.put("slo.yaml", spec("a", "98%"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	snapshot, err := w.registry.Update(ctx, w.sources)
	if objectives, _ := w.describe(snapshot); !errors.Is(err, context.Canceled) || objectives != "a/o=99%" {
		t.Errorf("in force: %s, %v", objectives, err)
	}
	w.want("later", "a/o=98%", "")
}
