package rules_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/alerting"
	"headroom/rules"
	"headroom/slo"
)

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "slo.yaml")
	groups := compile(t, checkout(), rules.Prometheus3, rules.Options{})
	write := func(groups []rules.Group) bool {
		t.Helper()
		changed, err := rules.WriteFile(path, slices.Values(groups))
		if err != nil {
			t.Fatal(err)
		}
		return changed
	}
	if !write(groups) {
		t.Error("a new file is no change")
	}
	first, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if write(groups) {
		t.Error("the same content is a change")
	}
	if same, err := os.Stat(path); err != nil || !os.SameFile(first, same) || !same.ModTime().Equal(first.ModTime()) {
		t.Errorf("the file was touched: %v", err)
	}
	if !write(groups[:1]) || !write(groups) || !write(nil) {
		t.Error("other content is no change")
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v %v, want that of the old file", info.Mode(), err)
	}
	got, err := os.ReadFile(path)
	if err != nil || !strings.HasSuffix(string(got), "\ngroups: []\n") {
		t.Errorf("no groups give %q %v", got, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left in the directory: %v %v", entries, err)
	}
}

func TestWriteFileFollowsALink(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "real.yaml"), filepath.Join(dir, "link.yaml")
	if err := errors.Join(os.WriteFile(path, []byte("old"), 0o600), os.Symlink(path, link)); err != nil {
		t.Fatal(err)
	}
	if _, err := rules.WriteFile(link, slices.Values([]rules.Group(nil))); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is %v %v", info.Mode(), err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) == "old" {
		t.Errorf("the file still holds %q %v", got, err)
	}
}

func TestWriteFileLeavesTheOldFileWhenItCannotWrite(t *testing.T) {
	dir := t.TempDir()
	if _, err := rules.WriteFile(dir, slices.Values([]rules.Group(nil))); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a directory as target gives %v", err)
	}
	path := filepath.Join(dir, "slo.yaml")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = rules.WriteFile(path, func(yield func(rules.Group) bool) {
			yield(compile(t, checkout(), rules.Embedded, rules.Options{})[0])
			panic("compiler bug")
		})
	}()
	if got, err := os.ReadFile(path); err != nil || string(got) != "old" {
		t.Errorf("the old file holds %q %v", got, err)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestWriteReportsAWriteError(t *testing.T) {
	groups := compile(t, checkout(), rules.Embedded, rules.Options{})
	if err := rules.Write(brokenWriter{}, slices.Values(groups)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestAllIsSortedAndDeterministic(t *testing.T) {
	var objectives []*slo.Objective
	for _, name := range []string{"c", "a", "b"} {
		objectives = append(objectives, checkout(func(o *slo.Objective) {
			o.ID.Objective = name
			o.Labels = map[string]string{"x": "1", "y": "2", "z": "3", "a": "4"}
		}))
	}
	var outputs []string
	for range 5 {
		groups, err := rules.All(objectives, rules.Prometheus3, rules.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := rules.Write(&b, groups); err != nil {
			t.Fatal(err)
		}
		outputs = append(outputs, b.String())
		slices.Reverse(objectives)
	}
	if slices.Sort(outputs); outputs[0] != outputs[len(outputs)-1] {
		t.Error("the order of objectives changes the output")
	}
	var names []string
	for _, g := range readBack(t, []byte(outputs[0])).Groups {
		names = append(names, g.Name[:strings.LastIndex(g.Name, "/")])
	}
	if !slices.IsSorted(names) {
		t.Errorf("objectives in the order %v", names)
	}
}

func TestCheck(t *testing.T) {
	utf8 := checkout(func(o *slo.Objective) {
		o.Indicator = slo.Ratio{Bad: slo.MustCounter(`{"http.requests","a.b"="c"}`), Total: slo.MustCounter(`{"http.requests"}`)}
	})
	tests := []struct {
		name string
		o    *slo.Objective
		d    rules.Dialect
		want []string // parts of the error; none for no error
		is   error
	}{
		{"plain", checkout(), rules.Prometheus242, nil, nil},
		{"UTF-8 names in Prometheus 3", utf8, rules.Prometheus3, nil, nil},
		{"UTF-8 names in Prometheus 2", utf8, rules.Prometheus242, []string{`"http.requests"`, `"a.b"`, "shop/checkout/availability"}, rules.ErrDialect},
		{"UTF-8 names in VictoriaMetrics", utf8, rules.VictoriaMetrics, []string{`"http.requests"`}, rules.ErrDialect},
		{"a UTF-8 group label in Prometheus 2", checkout(grouped("région")), rules.Prometheus242, []string{`"région"`}, rules.ErrDialect},
		{"a group label that is set already", checkout(grouped("slo")), rules.Prometheus3, []string{`"slo"`}, rules.ErrLabels},
		{"a group label that is a label", checkout(grouped("tier")), rules.Prometheus3, []string{`"tier" is also a group label`}, rules.ErrLabels},
		{"a group label that is a label of the plan's page", checkout(grouped("tier"), func(o *slo.Objective) {
			o.Labels, o.Plan = nil, &slo.AlertPlan{Name: "own", Page: slo.NoticeWish{Labels: map[string]string{"tier": "1"}}}
		}), rules.Prometheus3, []string{`"tier"`, "plan own, under page"}, rules.ErrLabels},
		{"a group label that is a label of another alert", checkout(grouped("tier"), func(o *slo.Objective) {
			wish := slo.OtherWish{NoticeWish: slo.NoticeWish{Labels: map[string]string{"tier": ""}}}
			o.Labels, o.Plan = nil, &slo.AlertPlan{Name: "own", Others: map[string]slo.OtherWish{"absent": wish}}
		}), rules.Prometheus3, []string{`"tier"`, "plan own, under alerts.absent"}, rules.ErrLabels},
		{"a label that is set already", checkout(func(o *slo.Objective) {
			o.Labels = map[string]string{"severity": "1", "alertname": "x"}
		}), rules.Prometheus3, []string{`"severity"`, `"alertname"`}, rules.ErrLabels},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			groups, err := rules.Compile(tt.o, alerting.NewPlan(tt.o), tt.d, rules.Options{})
			if (err == nil) != (tt.want == nil) || (err == nil) != (len(groups) >= 4) {
				t.Fatalf("%d groups, %v", len(groups), err)
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) || !errors.Is(err, tt.is) {
					t.Errorf("%v, want it to name %s", err, part)
				}
			}
			if _, err := rules.All([]*slo.Objective{tt.o}, tt.d, rules.Options{}); (err == nil) != (tt.want == nil) {
				t.Errorf("All says %v", err)
			}
		})
	}
}

func TestParseDialect(t *testing.T) {
	for _, d := range rules.Dialects() {
		if got, err := rules.ParseDialect(string(d)); got != d || err != nil {
			t.Errorf("%s reads as %q, %v", d, got, err)
		}
	}
	if _, err := rules.ParseDialect("prometheus"); err == nil || !strings.Contains(err.Error(), "prometheus-2.42, prometheus-3,") {
		t.Errorf("got %v, want the names", err)
	}
}

func TestUTF8NamesInPrometheus3(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30*time.Second)
	o := checkout(grouped("http.route", "100%"), func(o *slo.Objective) {
		o.Indicator = slo.Ratio{Bad: slo.MustCounter(`{"http.errors"}`), Total: slo.MustCounter(`{"http.requests"}`)}
	})
	for name, n := range map[string]float64{"http.errors": 5, "http.requests": 10} {
		w.flow(w.counter("__name__", name, "http.route", `/{{"x"}}`, "100%", "%d"), 0, time.Hour, n)
	}
	w.load(rules.Embedded, o)
	w.run(time.Hour, nil)
	if got := w.query(`slo:error:ratio_period{"http.route"="/{{\"x\"}}","100%"="%d"}`); got != 0.5 {
		t.Errorf("error ratio %v, want 0.5", got)
	}
	pages := firings(w.lab, rules.AlertPage)
	if len(pages) != 1 {
		t.Fatalf("%d pages, want one", len(pages))
	}
	if text := pages[0].Annotations["description"]; !strings.Contains(text, "500.0 over 1h and 500.0 over 5m") || !strings.Contains(text, `(http.route /{{"x"}}, 100% %d)`) {
		t.Errorf("description: %s", text)
	}
}
