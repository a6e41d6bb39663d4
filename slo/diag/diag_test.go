package diag_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"headroom/slo/diag"
)

func write(t *testing.T, problems ...diag.Problem) string {
	t.Helper()
	var b strings.Builder
	if err := diag.Write(&b, problems); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWrite(t *testing.T) {
	p := diag.Problem{
		Check: "target-format", Severity: diag.Error, File: "slo.yaml", Line: 6, Column: 13, EndColumn: 20,
		Message: `target "0.999" has no percent sign`, Hint: "write target: 99.9%",
	}
	p.SetExcerpt("    target: \"0.999\"\r\n")
	tabbed := p
	tabbed.Severity, tabbed.Hint, tabbed.Column, tabbed.EndColumn = diag.Warning, "", 4, 5
	tabbed.SetExcerpt("\tä\tb")
	bare := diag.Problem{Check: "no-specs", Severity: diag.Error, File: "specs", Line: 1, Column: 1, Message: "no spec files"}
	want := `slo.yaml:6:13: error: target "0.999" has no percent sign [target-format]
        target: "0.999"
                ^^^^^^^
help: write target: 99.9%
slo.yaml:6:4: warning: target "0.999" has no percent sign [target-format]
    	ä	b
    	 	^
specs:1:1: error: no spec files [no-specs]
`
	if diff := cmp.Diff(want, write(t, p, tabbed, bare)); diff != "" {
		t.Error(diff)
	}
}

func TestWriteSteersNoTerminal(t *testing.T) {
	p := diag.Problem{File: "a\x1b[31m", Line: 1, Column: 1, Message: "\x1b]0;title\a", Hint: "\u202edlrow", Severity: diag.Error}
	p.SetExcerpt("x\x1b[2J\u2066y\x7f")
	for _, r := range write(t, p) {
		if r != '\n' && r != '\t' && r < ' ' || r == 0x7f || r == 0x202e || r == 0x2066 {
			t.Errorf("character %U", r)
		}
	}
}

// TestLongLines asks of any line and place that the excerpt is short and holds
// the character at that place, where ExcerptColumn says.
func TestLongLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := []rune(rapid.StringOfN(rapid.RuneFrom([]rune("abcäö日 ")), 1, 1000, -1).Draw(t, "line"))
		p := diag.Problem{Line: 1, Column: rapid.IntRange(1, len(line)).Draw(t, "column")}
		p.EndColumn = p.Column + rapid.IntRange(1, 500).Draw(t, "length")
		p.SetExcerpt(string(line))
		excerpt := []rune(p.Excerpt)
		at := p.Column - max(p.ExcerptColumn, 1)
		if at < 0 || at >= len(excerpt) || excerpt[at] != line[p.Column-1] {
			t.Fatalf("column %d of %q is not at %d of %q", p.Column, string(line), at, p.Excerpt)
		}
		if len(excerpt) > 161 || !utf8.ValidString(p.Excerpt) {
			t.Fatalf("%d characters", len(excerpt))
		}
		var b strings.Builder
		if err := diag.Write(&b, []diag.Problem{p}); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(b.String(), "\n")
		if strings.TrimSpace(p.Excerpt) != "" {
			caret := strings.Index(lines[2], "^")
			if shown := []rune(lines[1]); shown[caret] != line[p.Column-1] || len(lines[2]) > len(shown) {
				t.Fatalf("the caret is not under %q:\n%s", line[p.Column-1], b.String())
			}
		}
	})
}

func TestSort(t *testing.T) {
	sorted := []diag.Problem{
		{File: "a", Line: 1, Column: 2},
		{File: "a", Line: 2, Column: 1, Check: "a"},
		{File: "a", Line: 2, Column: 1, Check: "b", Message: "a"},
		{File: "a", Line: 2, Column: 1, Check: "b", Message: "b"},
		{File: "a", Line: 10},
		{File: "b", Line: 1},
	}
	rapid.Check(t, func(t *rapid.T) {
		shuffled := rapid.Permutation(sorted).Draw(t, "order")
		diag.Sort(shuffled)
		if !slices.Equal(shuffled, sorted) {
			t.Fatalf("%v", shuffled)
		}
	})
}

func TestHasErrors(t *testing.T) {
	if diag.HasErrors([]diag.Problem{{Severity: diag.Warning}}) || diag.HasErrors(nil) {
		t.Error("a warning counts as an error")
	}
	if !diag.HasErrors([]diag.Problem{{Severity: diag.Warning}, {Severity: diag.Error}}) {
		t.Error("an error does not count")
	}
}

func TestJSON(t *testing.T) {
	p := diag.Problem{Check: "a-b", Severity: diag.Error, File: "f", Line: 1, Column: 2, EndColumn: 3, Message: "m", Hint: "h", Excerpt: "e"}
	data, err := json.Marshal(p)
	const want = `{"check":"a-b","severity":"error","file":"f","line":1,"column":2,"end_column":3,"message":"m","hint":"h","excerpt":"e"}`
	if err != nil || string(data) != want {
		t.Errorf("%s, %v", data, err)
	}
	placeless, err := json.Marshal(diag.Problem{Check: "a-b", Severity: diag.Error, Message: "m", Hint: "h"})
	if want := `{"check":"a-b","severity":"error","message":"m","hint":"h"}`; err != nil || string(placeless) != want {
		t.Errorf("without a place: %s, %v", placeless, err)
	}
	var again diag.Problem
	if err := json.Unmarshal(data, &again); err != nil || again != p {
		t.Errorf("%+v, %v", again, err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteReturnsTheWritersError(t *testing.T) {
	if err := diag.Write(full{}, []diag.Problem{{}}); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Error(err)
	}
}
