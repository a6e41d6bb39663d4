package table_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"headroom/api/apitest"
	"headroom/api/table"
	"headroom/api/v1"
	"headroom/slo"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func all() []v1.SLO {
	var slos []v1.SLO
	for _, s := range apitest.Statuses() {
		slos = append(slos, v1.NewSLO(s))
	}
	v1.Sort(slos)
	return slos
}

func write(t *testing.T, slos []v1.SLO, o table.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := table.Write(&b, slos, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for file, o := range map[string]table.Options{
		"unbounded.txt": {},
		"120.txt":       {Width: 120},
		"80.txt":        {Width: 80},
		"60.txt":        {Width: 60},
		"color.txt":     {Width: 80, Color: true},
	} {
		t.Run(file, func(t *testing.T) {
			got, path := write(t, all(), o), filepath.Join("testdata", file)
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s (-want +got; -update rewrites it):\n%s", path, diff)
			}
		})
	}
}

func TestRowsFitTheWidth(t *testing.T) {
	for width := 58; width < 200; width++ {
		rows, _, _ := strings.Cut(write(t, all(), table.Options{Width: width}), "\n\n")
		for line := range strings.Lines(rows) {
			line = strings.TrimSuffix(line, "\n")
			if n := utf8.RuneCountInString(line); n > width || strings.HasSuffix(line, " ") {
				t.Errorf("width %d: a line of %d, %q", width, n, line)
			}
		}
	}
}

func TestColourAddsNothingButColour(t *testing.T) {
	coloured := write(t, all(), table.Options{Width: 100, Color: true})
	for _, code := range []string{"31;1", "33", "32", "2", "0"} {
		coloured = strings.ReplaceAll(coloured, "\x1b["+code+"m", "")
	}
	if diff := cmp.Diff(write(t, all(), table.Options{Width: 100}), coloured); diff != "" {
		t.Errorf("-plain +coloured:\n%s", diff)
	}
}

func TestTextsCannotSteerTheTerminal(t *testing.T) {
	got := write(t, []v1.SLO{v1.NewSLO(apitest.HostileStatus())}, table.Options{})
	if strings.Contains(got, "\x1b") || strings.Count(got, "\n") != 4 {
		t.Errorf("%q", got)
	}
}

func TestNoObjectives(t *testing.T) {
	if got := write(t, nil, table.Options{}); got != "No objectives.\n" {
		t.Errorf("%q", got)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("the pipe is closed") }

func TestWriteErrorsAreTold(t *testing.T) {
	if err := table.Write(brokenWriter{}, all(), table.Options{}); err == nil || !strings.Contains(err.Error(), "the pipe is closed") {
		t.Errorf("%v", err)
	}
}

func TestOnlyTerminalsGetColours(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	environment := func(name string) string { return map[string]string{"COLUMNS": "40", "TERM": "xterm"}[name] }
	if got := table.For(file, environment); got != (table.Options{}) {
		t.Errorf("a file gets %+v", got)
	}
	if got := table.For(&bytes.Buffer{}, environment); got != (table.Options{}) {
		t.Errorf("a buffer gets %+v", got)
	}
}

// TestSharedReasonsAreSaidOnce demands one line for what is the same of several
// statuses, and how much of each was measured all the same.
func TestSharedReasonsAreSaidOnce(t *testing.T) {
	young := func(objective, measured string) v1.SLO {
		return v1.SLO{
			ID: slo.ID{Namespace: "default", Service: "shop", Objective: objective}, Target: slo.MustTarget("99%"), Window: "28d", Data: "young", BudgetState: "healthy",
			Measured: measured, Reason: measured + ": the objective is younger than its window.",
		}
	}
	a, b, c := young("a", "3 hours of 28 days measured"), young("b", "2 of 28 days measured"), young("c", "2 of 28 days measured")
	other := c
	other.Reason = "Nothing."
	for name, test := range map[string]struct {
		slos  []v1.SLO
		width int
		want  string
	}{
		"all":         {[]v1.SLO{a, b, c}, 0, "All 3: The objective is younger than its window.\n"},
		"one":         {[]v1.SLO{a}, 0, "shop/a: The objective is younger than its window.\n"},
		"several":     {[]v1.SLO{a, other, b}, 0, "shop/a, shop/b: The objective is younger than its window.\nshop/c: Nothing.\n"},
		"no room":     {[]v1.SLO{a, b}, 70, "shop/a (3 hours of 28 days measured), shop/b (2 of 28 days measured): The objective is younger than its window.\n"},
		"its own one": {[]v1.SLO{other}, 70, "shop/c: Nothing.\n"},
	} {
		_, notes, _ := strings.Cut(write(t, test.slos, table.Options{Width: test.width}), "\n\n")
		if notes != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, notes, test.want)
		}
	}
}

// TestRawStandsBesideCorrected demands the raw numbers under the table.
func TestRawStandsBesideCorrected(t *testing.T) {
	left, raw, bad, total := 0.5, -0.25, 12.0, 1000.0
	s := v1.SLO{
		ID: slo.ID{Namespace: "default", Service: "shop", Objective: "a"}, Target: slo.MustTarget("99%"), Window: "28d", Data: "ok", BudgetState: "healthy",
		Budget: v1.Budget{Remaining: &left}, Corrected: true, Raw: &v1.Account{Bad: &bad, Total: &total, Budget: v1.Budget{Remaining: &raw}},
	}
	var b strings.Builder
	if err := table.Write(&b, []v1.SLO{s}, table.Options{}); err != nil {
		t.Fatal(err)
	}
	if want := "Corrected; without corrections -25.0% of the budget is left: 12 of 1,000 events bad."; !strings.Contains(b.String(), want) {
		t.Errorf("%q is not in\n%s", want, b.String())
	}
}
