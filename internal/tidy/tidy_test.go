package tidy

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"
	"github.com/rogpeppe/go-internal/txtar"

	"headroom/internal/strictyaml"
)

var update = flag.Bool("update", false, "rewrite the golden files")

type testForm struct {
	Version string                   `yaml:"headroom"`
	Service string                   `yaml:"service"`
	Owner   string                   `yaml:"owner"`
	Labels  strictyaml.Map[string]   `yaml:"labels"`
	Rules   []testRule               `yaml:"rules"`
	Named   strictyaml.Map[testRule] `yaml:"objectives"`
}

type testRule struct {
	Target string `yaml:"target"`
	Ratio  strictyaml.Value[struct {
		Bad   string `yaml:"bad"`
		Total string `yaml:"total"`
	}] `yaml:"ratio"`
	Names []string `yaml:"names"`
}

func schemas(kind string) *jsonschema.Schema {
	if kind == "service" {
		return strictyaml.Schema(testForm{})
	}
	return nil
}

// TestGolden formats the first file of each archive into the second; the
// comment "as it is" marks what is not rearranged.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			in := archive.Files[0].Data
			out, problems := Format("slo.yaml", in, schemas)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			check(t, in, out)
			if *update {
				archive.Files = append(archive.Files[:1], txtar.File{Name: "out.yaml", Data: out})
				if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(archive.Files[1].Data), string(out)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// check asks what holds for every text that could be formatted.
func check(t *testing.T, in, out []byte) {
	t.Helper()
	again, problems := Format("slo.yaml", out, schemas)
	if len(problems) > 0 || !bytes.Equal(out, again) {
		t.Errorf("of\n%s\nformatting makes\n%s\nand again, with problems %v,\n%s", in, out, problems, again)
	}
	in = bytes.TrimPrefix(in, []byte("\uFEFF"))
	for _, end := range []string{"\r\n", "\r"} { // each of them ends a line in YAML
		in = bytes.ReplaceAll(in, []byte(end), []byte("\n"))
	}
	before, after := documents(t, in), documents(t, out)
	if len(before) != len(after) {
		t.Fatalf("%d documents become %d:\n%s\nfrom\n%s", len(before), len(after), out, in)
	}
	for i := range before {
		if left, right := parse(before[i]), parse(after[i]); left != nil && (right == nil || !equal(left, right)) {
			t.Errorf("\n%s\ndoes not mean the same as\n%s", after[i], before[i])
		}
	}
	if diff := cmp.Diff(letters(string(in)), letters(string(out))); diff != "" {
		t.Errorf("letters of\n%s\nand\n%s\ndiffer: %s", in, out, diff)
	}
}

func documents(t *testing.T, text []byte) []string {
	t.Helper()
	source, problems := strictyaml.NewSource("", text)
	if source == nil {
		t.Fatal(problems)
	}
	var list []string
	for d := range source.Documents() {
		list = append(list, string(d.Text()))
	}
	return list
}

func TestRefused(t *testing.T) {
	for _, text := range []string{"a: [\n", "a: 'x\n", "a: 1\na: 2\n", "a: &x 1\nb: *x\n", "\xff", "a: !t 1\n", "fine: 1\n---\n\ta: 1\n"} {
		if out, problems := Format("slo.yaml", []byte(text), schemas); out != nil || len(problems) == 0 {
			t.Errorf("%q gives %q, %v", text, out, problems)
		}
	}
}

// generator writes random documents with a comment that has a number in every
// place that can have one.
type generator struct {
	*rand.Rand
	b        strings.Builder
	comments int
}

func (g *generator) comment() string {
	g.comments++
	return fmt.Sprintf("# c%d: it's \"x\"", g.comments)
}

func (g *generator) gap(indent int) {
	for range g.IntN(3) {
		switch g.IntN(3) {
		case 0:
			g.b.WriteString(strings.Repeat("\n", 1+g.IntN(2)))
		case 1:
			fmt.Fprintf(&g.b, "%*s%s\n", g.IntN(indent+4), "", g.comment())
		default:
			fmt.Fprintf(&g.b, "%*s%s\n", indent, "", g.comment())
		}
	}
}

func (g *generator) endLine() {
	if g.IntN(4) == 0 {
		fmt.Fprintf(&g.b, "%*s%s", 1+g.IntN(5), "", g.comment())
	}
	g.b.WriteString(strings.Repeat(" ", g.IntN(2)) + "\n")
}

func (g *generator) scalar(indent int) string {
	deep := strings.Repeat(" ", indent+1+g.IntN(3))
	list := []string{
		"plain", "99.9%", `"quoted"`, `'single'`, `'{job="a"}'`, `"a \"b\" \\ c"`, `'it''s'`, `"tab\there"`, "a # b"[:1], "x#y", "é ü", `"\u00e9"`,
		"{a: b, c: 'd'}", "[ 1,  '2', \"3\" ]", "{}", "[]", "", "{ x: {y: [z]}}", "[a: b]", "{a, b: }", `"# no comment"`,
		"one\n" + deep + "two\n" + deep + "three", "\"one\n" + deep + "two \\\n" + deep + "three\"", "'a\n\n" + deep + "b'", "{a: 1,\n" + deep + "b: 2}",
	}
	return list[g.IntN(len(list))]
}

func (g *generator) literal(indent int) {
	g.b.WriteString([]string{" |", " >", " |-", " |+", " >-"}[g.IntN(5)])
	g.endLine()
	deep := strings.Repeat(" ", indent+1+g.IntN(3))
	for i := range 1 + g.IntN(3) {
		g.b.WriteString(deep + []string{"text", "# text", "it's \"so\"", "text  ", "  more"}[g.IntN(4+min(i, 1))] + "\n")
		if g.IntN(4) == 0 {
			g.b.WriteString("\n")
		}
	}
}

func (g *generator) mapping(indent, depth int, keys []string) {
	keys = append([]string{}, keys...)
	g.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	for i, key := range keys[:1+g.IntN(len(keys))] {
		if i > 0 || depth > 0 {
			g.gap(indent)
		}
		fmt.Fprintf(&g.b, "%*s", indent, "")
		g.pair(key, indent, depth)
	}
}

func (g *generator) pair(key string, indent, depth int) {
	g.b.WriteString(key + ":")
	next := indent + 1 + g.IntN(4)
	inner := []string{"target", "ratio", "names", "bad", "total", "other", "'q'"}
	switch n := g.IntN(6); {
	case n == 0 && depth < 3:
		g.endLine()
		g.mapping(next, depth+1, inner)
	case n == 1 && depth < 3:
		g.endLine()
		g.sequence(indent+g.IntN(4), depth+1, inner)
	case n == 2:
		g.literal(indent)
	default:
		g.b.WriteString(strings.Repeat(" ", 1+g.IntN(3)) + g.scalar(indent))
		g.endLine()
	}
}

func (g *generator) sequence(indent, depth int, keys []string) {
	for range 1 + g.IntN(3) {
		g.gap(indent)
		fmt.Fprintf(&g.b, "%*s-%*s", indent, "", 1+g.IntN(3), "")
		if g.IntN(2) == 0 {
			g.b.WriteString("item")
			g.endLine()
			continue
		}
		column := len(g.b.String()) - strings.LastIndex(g.b.String(), "\n") - 1
		g.pair(keys[0], column, depth)
		for _, key := range keys[1 : 1+g.IntN(len(keys)-1)] {
			g.gap(column)
			fmt.Fprintf(&g.b, "%*s", column, "")
			g.pair(key, column, depth)
		}
	}
}

// TestRandomDocuments formats documents with comments everywhere, and asks
// that none is lost, that nothing means something else, and that few are too
// unusual.
func TestRandomDocuments(t *testing.T) {
	rearranged, unusual, invalid := 0, 0, 0
	for seed := range uint64(800) {
		g := &generator{Rand: rand.New(rand.NewPCG(seed, 1))}
		for range 1 + g.IntN(2) {
			g.gap(0)
			if g.b.Len() > 0 || g.IntN(2) == 0 {
				g.b.WriteString("---\n")
			}
			g.mapping(0, 0, []string{"headroom", "service", "owner", "labels", "rules", "objectives", "strange"})
			g.gap(0)
		}
		in := []byte(g.b.String())
		out, problems := Format("slo.yaml", in, schemas)
		if len(problems) > 0 {
			invalid++
			continue
		}
		check(t, in, out)
		for i := 1; i <= g.comments; i++ {
			if c := fmt.Sprintf("# c%d:", i); strings.Count(string(out), c) != strings.Count(string(in), c) {
				t.Errorf("comment %s is lost:\n%s\nfrom\n%s", c, out, in)
			}
		}
		source, _ := strictyaml.NewSource("", in)
		for d := range source.Documents() {
			switch _, err := rearrange(d, schemas); {
			case err == nil:
				rearranged++
			case errors.Is(err, errOdd):
				unusual++
			default:
				t.Errorf("seed %d: %v:\n%s", seed, err, d.Text())
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("%d rearranged, %d unusual, %d invalid", rearranged, unusual, invalid)
	if rearranged < 10*unusual || rearranged < 3*invalid {
		t.Error("too few documents are rearranged")
	}
}

func FuzzFormat(f *testing.F) {
	for _, text := range []string{"headroom: v1\nservice: a # b\n", "a:\n  - b: |\n      c\n    # d\n", "---\n# x\n--- # y\na: {b: 'c'}\n", "a: \"b\n  c\"\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if out, problems := Format("slo.yaml", in, schemas); len(problems) == 0 {
			check(t, in, out)
		}
	})
}
