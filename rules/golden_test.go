package rules_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"headroom/rules"
	"headroom/slo"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden shows the rules of one objective per form in each dialect. What
// they do is tested by executing them.
func TestGolden(t *testing.T) {
	for name, o := range map[string]*slo.Objective{
		"bad":     checkout(grouped("region")),
		"good":    checkout(goodForm),
		"sums":    checkout(sumForm),
		"latency": checkout(latencyForm),
		"gauge":   checkout(gaugeForm),
		"events":  checkout(eventsForm),
	} {
		t.Run(name, func(t *testing.T) {
			archive := &txtar.Archive{Comment: []byte("Rules of shop/checkout/availability, " + o.Indicator.Canonical() + "\n")}
			for _, d := range rules.Dialects() {
				archive.Files = append(archive.Files, txtar.File{Name: string(d) + ".yaml", Data: render(t, d, o)})
			}
			got, path := txtar.Format(archive), filepath.Join("testdata", name+".txtar")
			if *update {
				if err := os.WriteFile(path, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s is out of date; run go test ./rules -run Golden -update:\n%s", path, diff)
			}
		})
	}
}
