package diag_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"headroom/slo/diag"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// awkward are problems whose texts hold what each format must escape.
func awkward() []diag.Problem {
	problems := []diag.Problem{
		{
			Check: "target-format", Severity: diag.Error, File: "team a/slo.yaml", Line: 6, Column: 13, EndColumn: 18,
			Message: `target "0.999" has no percent sign`, Hint: "write target: 99.9%",
		},
		{
			Check: "promql-syntax", Severity: diag.Error, File: "odd,name:50%#?.slo.yaml", Line: 1, Column: 3,
			Message: "two\r\nlines, 50%: [a](b) \\ <x>::end", Hint: "",
		},
		{Check: "no-alert", Severity: diag.Warning, File: "/abs/slo.yaml", Line: 2, Column: 1, EndColumn: 9, Message: "again"},
		{Check: "no-alert", Severity: diag.Warning, File: "/abs/slo.yaml", Line: 3, Column: 1, EndColumn: 9, Message: "again"},
		{Check: "unpaged", Severity: diag.Warning, Message: "no file at all"},
	}
	problems[0].SetExcerpt("    target: 0.999")
	return problems
}

func pageOf(check string) (diag.Page, bool) {
	page := diag.NewPage(check, "# "+check+"\n\nWhat it is about.\nMore of it.\n\nBad:\n")
	page.URL = "https://docs.example/checks/" + check
	return page, check != "unpaged"
}

func writers() map[string]func(io.Writer, []diag.Problem) error {
	return map[string]func(io.Writer, []diag.Problem) error{
		"sarif.json": func(w io.Writer, problems []diag.Problem) error {
			return diag.WriteSARIF(w, problems, diag.Tool{Name: "headroom", Version: "v1.2.3", URL: "https://docs.example", Page: pageOf})
		},
		"github.txt":  diag.WriteGitHub,
		"gitlab.json": diag.WriteGitLab,
	}
}

func TestFormats(t *testing.T) {
	for name, write := range writers() {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := write(&b, awkward()); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestFormatsOfNothing demands documents that say so, since an empty file would
// be a failure to those who read it.
func TestFormatsOfNothing(t *testing.T) {
	for name, want := range map[string]string{"sarif.json": `"results": []`, "github.txt": "", "gitlab.json": "[]\n"} {
		var b bytes.Buffer
		if err := writers()[name](&b, nil); err != nil || !strings.Contains(b.String(), want) || (want == "") != (b.Len() == 0) {
			t.Errorf("%s: %q, %v", name, b.String(), err)
		}
	}
}

type broken struct{}

var errBroken = errors.New("broken")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestFormatsPassTheWritersErrorOn(t *testing.T) {
	for name, write := range writers() {
		if err := write(broken{}, awkward()); !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWorkflowCommandsAreReversible reads the commands back as GitHub's runner
// does.
func TestWorkflowCommandsAreReversible(t *testing.T) {
	var b bytes.Buffer
	if err := diag.WriteGitHub(&b, awkward()); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != len(awkward()) {
		t.Fatalf("%d lines for %d problems:\n%s", len(lines), len(awkward()), b.String())
	}
	for i, p := range awkward() {
		head, data, ok := strings.Cut(strings.TrimPrefix(lines[i], "::"), "::")
		if !ok {
			t.Fatalf("no command: %q", lines[i])
		}
		severity, list, _ := strings.Cut(head, " ")
		properties := map[string]string{}
		for _, property := range strings.Split(list, ",") {
			name, value, _ := strings.Cut(property, "=")
			properties[name] = strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%").Replace(value)
		}
		message, _, _ := strings.Cut(strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%").Replace(data), "\nhelp: ")
		if severity != string(p.Severity) || properties["file"] != p.File || properties["title"] != p.Check || message != p.Message {
			t.Errorf("%q reads as %s %v %q", lines[i], severity, properties, message)
		}
	}
}

func TestSARIFResultsPointAtTheirRules(t *testing.T) {
	var b bytes.Buffer
	if err := writers()["sarif.json"](&b, awkward()); err != nil {
		t.Fatal(err)
	}
	var log struct {
		Runs []struct {
			Tool struct {
				Driver struct {
					Rules []struct {
						ID string `json:"id"`
					} `json:"rules"`
				} `json:"driver"`
			} `json:"tool"`
			Results []struct {
				Rule  string `json:"ruleId"`
				Index int    `json:"ruleIndex"`
			} `json:"results"`
		} `json:"runs"`
	}
	if err := json.Unmarshal(b.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	for i, result := range log.Runs[0].Results {
		if rule := log.Runs[0].Tool.Driver.Rules[result.Index].ID; rule != result.Rule || rule != awkward()[i].Check {
			t.Errorf("result %d has rule %s at index of %s", i, result.Rule, rule)
		}
	}
}
