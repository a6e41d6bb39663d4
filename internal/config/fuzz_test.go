package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"headroom/slo/diag"
)

// FuzzParse looks for texts that make the loader panic, that give a
// configuration out of its bounds, or problems without a place.
func FuzzParse(f *testing.F) {
	archive, err := txtar.ParseFile("testdata/problems.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range archive.Files {
		if strings.HasSuffix(file.Name, ".yaml") {
			f.Add(file.Data)
		}
	}
	example, err := os.ReadFile(filepath.Join("..", "..", "docs", "configuration.md"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(example)
	f.Fuzz(func(t *testing.T, text []byte) {
		c, problems := Parse("headroom.yaml", text)
		for _, p := range problems {
			if p.Line < 1 || p.Column < 1 || p.Check == "" || p.Message == "" || p.Hint == "" {
				t.Errorf("problem without place, check, message or hint: %+v", p)
			}
		}
		if diag.HasErrors(problems) {
			return
		}
		if (c.Engine == nil) == (len(c.Stores()) == 0) {
			t.Error("want either the embedded engine or other metrics stores")
		}
		for _, d := range c.Stores() {
			if d.URL == nil || d.Name == "" || d.Target == "" || d.Timeout <= 0 {
				t.Errorf("a datasource is out of bounds: %+v", d)
			}
		}
		if k := c.Retention; k.Fine <= 0 || k.Slices < k.Fine || k.Events <= 0 || k.Audit <= 0 || k.Decisions <= 0 || c.Cache <= 0 {
			t.Errorf("a retention is out of bounds: %+v", k)
		}
		if c.Listen == "" || c.DataDir == "" || len(c.Specs) == 0 || c.ReloadInterval <= 0 || c.Tick <= 0 {
			t.Errorf("a default is missing: %+v", c)
		}
		if c.Engine != nil {
			for _, s := range c.Engine.Scrape {
				if s.Job == "" || len(s.Targets) == 0 || s.Interval <= 0 || s.Timeout <= 0 || s.Timeout > s.Interval {
					t.Errorf("a scrape job is out of bounds: %+v", s)
				}
			}
		}
		if c.Prometheus != nil && c.Prometheus.URL == nil {
			t.Error("an external Prometheus without URL")
		}
	})
}
