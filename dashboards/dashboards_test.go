package dashboards_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"headroom/budget"
	"headroom/dashboards"
	"headroom/internal/atomicfile"
	"headroom/slo"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden holds one dashboard as a whole, for a reader of changes.
func TestGolden(t *testing.T) {
	o := gateway()
	o.Description, o.Channel, o.Runbook = "What the gateway answers.", "#edge", "https://wiki.example/gateway?tab=1&x=2"
	o.Labels = map[string]string{"tier": "1"}
	got := draw(t, o, dashboards.Options{Datasource: "prom", ExternalURL: "https://slo.example"}).JSON
	path := filepath.Join("testdata", "objective.json")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("go test ./dashboards -update writes %s again (-want +got):\n%s", path, diff)
	}
}

// TestUID holds uids that are in bookmarks and links already.
func TestUID(t *testing.T) {
	id := slo.ID{Namespace: "default", Service: "checkout", Objective: "availability"}
	if got, want := dashboards.UID(id), "headroom-30510f47e90d961566da3c6a"; got != want {
		t.Errorf("UID(%s) = %s, want %s for ever", id, got, want)
	}
	long := strings.Repeat("x", slo.MaxNameLength)
	if uid := dashboards.UID(slo.ID{Namespace: long, Service: long, Objective: long}); len(uid) > 40 {
		t.Errorf("uid %s is longer than Grafana allows", uid)
	}
	o := checkout()
	o.Target, o.Owner = slo.MustTarget("99%"), "others"
	earlier(o)
	if d := draw(t, o, dashboards.Options{}); d.UID != dashboards.UID(id) || *read(t, d).Uid != d.UID {
		t.Errorf("a change of the objective changes the uid to %s", d.UID)
	}
}

// TestAll draws the same every time, in the same order, without a clash.
func TestAll(t *testing.T) {
	objectives := world()
	first := all(t, objectives, dashboards.Options{})
	slices.Reverse(objectives)
	if diff := cmp.Diff(first, all(t, objectives, dashboards.Options{})); diff != "" {
		t.Errorf("the order of objectives matters:\n%s", diff)
	}
	seen := map[string]bool{}
	for _, drawn := range first {
		d := read(t, drawn)
		if !slices.Equal(d.Tags, []string{"headroom"}) || d.SchemaVersion < 36 {
			t.Errorf("%s has tags %q and schema %d", drawn.Name, d.Tags, d.SchemaVersion)
		}
		for _, key := range []string{drawn.UID, drawn.Name, *d.Title} {
			if seen[key] {
				t.Errorf("%s is there twice", key)
			}
			seen[key] = true
		}
		checkPanels(t, drawn)
	}
	if read(t, first[0]).Time.From != "now-28d" {
		t.Error("the overview does not show the longest window")
	}
}

// checkPanels demands that panels ask the chosen data source, lie in the grid
// without overlap, and say live estimate where only rules speak.
func checkPanels(t *testing.T, drawn dashboards.Dashboard) {
	t.Helper()
	taken := map[[2]uint32]bool{}
	for _, p := range read(t, drawn).Panels {
		panel := p.Panel
		if panel.Type != "text" && *panel.Datasource.Uid != "${datasource}" {
			t.Errorf("panel %q asks %q", *panel.Title, *panel.Datasource.Uid)
		}
		for x := panel.GridPos.X; x < panel.GridPos.X+panel.GridPos.W; x++ {
			for y := panel.GridPos.Y; y < panel.GridPos.Y+panel.GridPos.H; y++ {
				if x >= 24 || taken[[2]uint32{x, y}] {
					t.Fatalf("panel %q lies over another or outside", *panel.Title)
				}
				taken[[2]uint32{x, y}] = true
			}
		}
	}
	for _, q := range targets(t, read(t, drawn)) {
		ledger := strings.Contains(q.expr, "headroom_slo_") || strings.Contains(q.expr, "slo:target:ratio") && !strings.Contains(q.expr, "slo:error")
		known := q.panel.Type == "table" || strings.HasPrefix(q.ref, "tier")
		legend := strings.Contains(string(drawn.JSON), `"legendFormat": "live estimate`) && (q.ref == "estimate" || q.ref == "earlier")
		if !ledger && !known && !legend && !strings.Contains(*q.panel.Title, "live estimate") {
			t.Errorf("%s: panel %q, query %s: the number of rules is not called a live estimate", drawn.Name, *q.panel.Title, q.ref)
		}
	}
}

// TestLinks follows the links between overview and objectives.
func TestLinks(t *testing.T) {
	list := all(t, world(), dashboards.Options{ExternalURL: "https://slo.example/base/"})
	d := overview(t)
	var uids map[string]string
	for _, override := range d.Panels[len(d.Panels)-1].Panel.FieldConfig.Overrides {
		if override.Matcher.Options == "detail" {
			uids = mapped(t, override.Properties[0].Value)
		}
	}
	for _, drawn := range list[1:] {
		objective := read(t, drawn)
		id := strings.TrimPrefix(*objective.Title, "SLO ")
		if uids[id] != drawn.UID {
			t.Errorf("the row of %s leads to %q, want %q", id, uids[id], drawn.UID)
		}
		if got, want := *objective.Links[0].Url, "/d/"+dashboards.OverviewUID; got != want {
			t.Errorf("%s leads back to %q", id, got)
		}
		if got, want := *objective.Links[1].Url, "https://slo.example/base/slos/"+id; got != want {
			t.Errorf("%s leads to %q, want %q", id, got, want)
		}
	}
}

// mapped are the texts of the value mappings of an override.
func mapped(t *testing.T, mappings any) map[string]string {
	t.Helper()
	text, err := json.Marshal(mappings)
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		Type    string
		Options map[string]json.RawMessage
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, m := range list {
		if m.Type != "value" {
			continue
		}
		for value, raw := range m.Options {
			var result struct{ Text string }
			if err := json.Unmarshal(raw, &result); err != nil {
				t.Fatal(err)
			}
			texts[value] = result.Text
		}
	}
	return texts
}

// TestCaution holds the thresholds together with the ledger's.
func TestCaution(t *testing.T) {
	caution := strconv.FormatFloat(budget.CautionRemaining, 'f', -1, 64)
	for _, drawn := range all(t, world(), dashboards.Options{}) {
		if !bytes.Contains(drawn.JSON, []byte(`"value": `+caution)) {
			t.Errorf("%s: no colour begins at %s", drawn.Name, caution)
		}
		if !slices.ContainsFunc(texts(t, drawn.JSON), func(s string) bool {
			return strings.Contains(s, "< "+caution) || strings.Contains(s, "< bool "+caution)
		}) {
			t.Errorf("%s: no query compares with %s", drawn.Name, caution)
		}
	}
}

func TestWriteDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "grafana")
	objectives := world()
	o := dashboards.Options{Folder: "SLO: $all", Path: "/srv/grafana"}
	write := func(wrote, same, removed int) {
		t.Helper()
		c, err := dashboards.WriteDirectory(dir, objectives, o)
		if err != nil || len(c.Written) != wrote || len(c.Unchanged) != same || len(c.Removed) != removed {
			t.Fatalf("got %+v (%v), want %d written, %d unchanged, %d removed", c, err, wrote, same, removed)
		}
	}
	write(7, 0, 0)
	write(0, 7, 0)
	want, err := os.ReadFile(filepath.Join(dir, "headroom.default.checkout.availability.json"))
	if err != nil || !bytes.Equal(want, all(t, objectives, o)[1].JSON) {
		t.Errorf("the file of checkout (%v) is not its dashboard", err)
	}
	checkProvider(t, filepath.Join(dir, "headroom.provider.yaml"))

	foreign := map[string]string{"node.json": "{}", "headroom.mine.json": `{"uid": "mine"}`, "other.yaml": "apiVersion: 1\n"}
	for name, text := range foreign {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	objectives = objectives[1:]
	write(1, 5, 1) // the overview has a link less
	if _, err := os.Stat(filepath.Join(dir, "headroom.default.checkout.availability.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the dashboard of an objective that is gone stays: %v", err)
	}
	for name, text := range foreign {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != text {
			t.Errorf("%s of somebody else holds %q (%v)", name, got, err)
		}
	}

	objectives = append(objectives, objective("mine/a/b", "99%"))
	in := filepath.Join(dir, "headroom.mine.a.b.json")
	if err := os.WriteFile(in, []byte(`{"uid": "mine"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := dashboards.WriteDirectory(dir, objectives, o); !errors.Is(err, atomicfile.ErrForeign) || !strings.Contains(err.Error(), in) {
		t.Errorf("got %v, want that %s is refused", err, in)
	}
}

func checkProvider(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		APIVersion int `yaml:"apiVersion"`
		Providers  []struct {
			Name, Folder, Type string
			Options            struct{ Path string }
		}
	}
	if err := yaml.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	p := got.Providers[0]
	if got.APIVersion != 1 || p.Type != "file" || p.Folder != "SLO: $$all" || p.Options.Path != "/srv/grafana" {
		t.Errorf("%s holds %+v", path, got)
	}
}
