package report_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"headroom/budget/report"
)

// TestGolden shows the week of a small estate in every form.
func TestGolden(t *testing.T) {
	s := estate(t)
	for name, r := range map[string]report.Report{
		"week":  s.report(lastWeek(t), report.Scope{}),
		"owner": s.report(lastWeek(t), report.Scope{Owner: "team-edge"}),
		"none":  s.report(lastWeek(t), report.Scope{Owner: "nobody"}),
	} {
		t.Run(name, func(t *testing.T) {
			archive := &txtar.Archive{Comment: []byte("The week of 2 March 2026.\n")}
			for _, form := range []struct {
				file  string
				write func(io.Writer, report.Report) error
			}{{"report.md", report.WriteMarkdown}, {"report.json", report.WriteJSON}, {"slack.json", report.WriteSlack}} {
				var b bytes.Buffer
				if err := form.write(&b, r); err != nil {
					t.Fatal(err)
				}
				archive.Files = append(archive.Files, txtar.File{Name: form.file, Data: b.Bytes()})
			}
			compare(t, filepath.Join("testdata", name+".txtar"), txtar.Format(archive))
		})
	}
}

func compare(t *testing.T, path string, got []byte) {
	t.Helper()
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
		t.Errorf("%s is out of date; run go test ./budget/report -run Golden -update:\n%s", path, diff)
	}
}

// TestDocumentedReport keeps the example of docs/reports.md equal to what comes
// out.
func TestDocumentedReport(t *testing.T) {
	r := estate(t).report(lastWeek(t), report.Scope{})
	r.URL = ""
	var b bytes.Buffer
	if err := report.WriteMarkdown(&b, r); err != nil {
		t.Fatal(err)
	}
	const path, fence = "../../docs/reports.md", "```markdown\n"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), fence)
	_, after, closed := strings.Cut(rest, "```\n")
	if !found || !closed {
		t.Fatalf("%s has no example", path)
	}
	compare(t, path, []byte(before+fence+b.String()+"```\n"+after))
}
