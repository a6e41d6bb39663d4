package strictyaml_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"headroom/internal/strictyaml"
	"headroom/slo/diag"
)

// even is a scalar that judges for itself.
type even struct{ n int }

func (e *even) UnmarshalText(text []byte) error {
	switch {
	case string(text) == "plain":
		return errors.New("a plain error")
	case strings.Contains(string(text), "x"):
		at := strings.Index(string(text), "x")
		return &strictyaml.Fault{Check: "even-x", Message: "an x", Hint: "remove it", Start: at, End: at + 1}
	case len(text)%2 != 0:
		return &strictyaml.Fault{Check: "even-length", Message: "odd", Hint: "add one"}
	}
	e.n = len(text)
	return nil
}

type common struct {
	Shared string `yaml:"shared"`
}

type form struct {
	common
	Text    string                                   `yaml:"text,required" example:"text: hello"`
	Flag    bool                                     `yaml:"flag"`
	Small   int8                                     `yaml:"small"`
	Count   uint                                     `yaml:"count"`
	Share   float64                                  `yaml:"share"`
	Wait    time.Duration                            `yaml:"wait"`
	Even    even                                     `yaml:"even"`
	Pointer *nested                                  `yaml:"pointer"`
	List    []strictyaml.Value[int]                  `yaml:"list"`
	Go      map[string]nested                        `yaml:"go"`
	Ordered strictyaml.Map[strictyaml.Value[nested]] `yaml:"ordered"`
	Any     strictyaml.Node                          `yaml:"any"`
	Ignored string
}

type nested struct {
	A string `yaml:"a"`
}

func problems(list []diag.Problem) []string {
	var out []string
	for _, p := range list {
		out = append(out, fmt.Sprintf("%d:%d-%d %s", p.Line, p.Column, p.EndColumn, p.Check))
	}
	return out
}

func TestUnmarshal(t *testing.T) {
	var f form
	found := strictyaml.Unmarshal("f.yaml", []byte(`
text: 0x1F        # as it is written
flag: true
small: -5
count: 7
share: .5
wait: 1m30s
even: four
pointer: {a: b}
list: [1, 2]
go: {x: {a: 1}, y: {a: 2}}
ordered: {z: {a: 1}, y: {a: 2}}
any: [whatever, {it: is}]
`), &f)
	if found != nil {
		t.Fatal(found)
	}
	if f.Text != "0x1F" || !f.Flag || f.Small != -5 || f.Count != 7 || f.Share != .5 || f.Wait != 90*time.Second || f.Even.n != 4 {
		t.Errorf("scalars: %+v", f)
	}
	if f.Pointer.A != "b" || len(f.List) != 2 || f.List[1].V != 2 || f.Go["y"].A != "2" || f.Any.IsZero() {
		t.Errorf("collections: %+v", f)
	}
	if len(f.Ordered) != 2 || f.Ordered[0].Name != "z" || f.Ordered[1].Value.V.A != "2" || !f.Ordered[1].Value.IsSet() {
		t.Errorf("ordered: %+v", f.Ordered)
	}
}

func TestDecodeReportsEverything(t *testing.T) {
	var f form
	found := strictyaml.Unmarshal("f.yaml", []byte(`flag: yes
small: 200
count: -1
share: half
wait: 1.5h
even: abcx
pointer: text
list: [one, 2, ]
go: []
ordered: {z: {b: 1}}
Ignored: x
shared: [no]
`), &f)
	want := []string{
		"1:7-10 bad-value", "2:8-11 bad-value", "3:8-10 bad-value", "4:8-12 bad-value", "5:7-11 bad-value", "6:10-11 even-x",
		"7:10-14 wrong-type", "8:8-11 bad-value", "9:5-6 wrong-type", "10:15-16 unknown-key", "11:1-8 unknown-key", "12:9-12 wrong-type", "1:1-5 missing-key",
	}
	if diff := cmp.Diff(want, problems(found)); diff != "" {
		t.Error(diff)
	}
	for text, check := range map[string]string{"even: odd": "even-length", "even: plain": "bad-value", "even: []": "wrong-type", "text: ": "empty-value", "text: a\n---\ntext: b": "yaml-syntax"} {
		found := strictyaml.Unmarshal("f.yaml", []byte("text: a\n"+text), &f)
		if strings.HasPrefix(text, "text:") {
			found = strictyaml.Unmarshal("f.yaml", []byte(text), &f)
		}
		if len(found) != 1 || found[0].Check != check {
			t.Errorf("%q: %v", text, found)
		}
	}
}

func TestWarn(t *testing.T) {
	source, _ := strictyaml.NewSource("f.yaml", []byte("a: 'b c'\n"))
	for d := range source.Documents() {
		d.Warn(d.Get("a"), "some-check", "message", "hint")
		want := diag.Problem{Check: "some-check", Severity: diag.Warning, File: "f.yaml", Line: 1, Column: 4, EndColumn: 9, Message: "message", Hint: "hint", Excerpt: "a: 'b c'"}
		if diff := cmp.Diff([]diag.Problem{want}, d.Problems()); diff != "" {
			t.Error(diff)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"target", "window", "resolution", "ratio", "bad", "total"}
	for text, want := range map[string]string{
		"tagret": "target", "targets": "target", "Target": "target", "widnow": "window", "resolutio": "resolution", "rato": "ratio",
		"bed": "bad", "abd": "bad", "toatl": "total", "x": "", "": "", "latency": "", "bbbb": "", "totalresolution": "",
	} {
		if got, _ := strictyaml.Nearest(text, names); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestRangesInAnyStyle writes a text of words in every style of YAML, and asks
// that the place of one word in it is found: the excerpt from the reported
// column on begins with that word.
func TestRangesInAnyStyle(t *testing.T) {
	word := rapid.OneOf(rapid.StringMatching(`[a-z]{1,5}`), rapid.SampledFrom([]string{"ü", "日本", "it's", `say"so"`, `back\slash`, "{a}", "x,y", "😀"}))
	checked := 0
	defer func() {
		if checked < 50 {
			t.Errorf("only %d texts could be written", checked)
		}
	}()
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(word, 1, 8).Draw(t, "words")
		index := rapid.IntRange(0, len(words)-1).Draw(t, "index")
		written, text := style(t, words)
		source, found := strictyaml.NewSource("f.yaml", []byte(written))
		if found != nil {
			t.Fatal(found)
		}
		for d := range source.Documents() {
			node := d.Get("a")
			if !d.Parsed() || strings.Join(strings.Fields(node.Text()), " ") != strings.Join(words, " ") {
				return // the style cannot hold the words
			}
			checked++
			start, end := wordAt(node.Text(), index)
			d.ReportRange(node, start, end, "some-check", "m", "h")
			p := d.Problems()[0]
			rest := string([]rune(p.Excerpt)[p.Column-1:])
			want := encoded(text, words[index])
			if !strings.HasPrefix(rest, want) || p.EndColumn-p.Column != len([]rune(want)) {
				t.Fatalf("%s\nword %q: %d:%d-%d in %q", written, words[index], p.Line, p.Column, p.EndColumn, p.Excerpt)
			}
		}
	})
}

// style writes words as the value of a, with line breaks at random where the
// style folds them.
func style(t *rapid.T, words []string) (written, name string) {
	name = rapid.SampledFrom([]string{"plain", "single", "double", "literal", "folded", "indented"}).Draw(t, "style")
	breaks := "\n  "
	if rapid.Bool().Draw(t, "CRLF") {
		breaks = "\r\n  "
	}
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteString(rapid.SampledFrom([]string{" ", "  ", breaks, strings.TrimRight(breaks, " ") + breaks}).Draw(t, "gap"))
		}
		b.WriteString(encoded(name, w))
	}
	end := strings.TrimRight(breaks, " ")
	switch name {
	case "single":
		return "z: 1" + end + "a: '" + b.String() + "'" + end, name
	case "double":
		return "a: \"" + b.String() + "\"" + end, name
	case "literal":
		return "a: |" + breaks + b.String() + end, name
	case "folded":
		return "a: >- # comment" + breaks + b.String() + end, name
	case "indented":
		return "a: |1-" + breaks + b.String() + end, name
	}
	return "a:   " + b.String() + end, name
}

func encoded(style, word string) string {
	switch style {
	case "single":
		return strings.ReplaceAll(word, "'", "''")
	case "double":
		data, err := json.Marshal(word)
		if err != nil {
			panic(err)
		}
		return strings.ReplaceAll(strings.Trim(string(data[1:len(data)-1]), " "), "ü", `\u00fc`)
	}
	return word
}

// wordAt returns where the word with the given number begins and ends.
func wordAt(text string, index int) (start, end int) {
	for i := 0; ; i++ {
		for text[end] == ' ' || text[end] == '\n' {
			end++
		}
		start = end
		for end < len(text) && text[end] != ' ' && text[end] != '\n' {
			end++
		}
		if i == index {
			return start, end
		}
	}
}

func TestTextOfDocumentsIsTheWholeFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.SampledFrom([]string{"a: b", "---", "--- # c", "---x", " ---", "...", "# c", "", "c: |", "  ---", "\t"})
		text := strings.Join(rapid.SliceOf(line).Draw(t, "lines"), "\n")
		source, found := strictyaml.NewSource("f.yaml", []byte(text))
		if found != nil {
			t.Fatal(found)
		}
		last := 0
		for d := range source.Documents() {
			at := strings.Index(text[last:], string(d.Text()))
			if at < 0 || strings.Count(text[:last+at], "\n")+1 != d.Line() {
				t.Fatalf("document %q on line %d of %q", d.Text(), d.Line(), text)
			}
			last += at + len(d.Text())
			for _, p := range d.Problems() {
				if p.Line < d.Line() || p.Line > strings.Count(text, "\n")+1 {
					t.Fatalf("%+v in %q", p, text)
				}
			}
		}
	})
}

func TestNumbersOutOfRange(t *testing.T) {
	var f form
	for _, text := range []string{"small: 128", "small: 1.0", "count: 18446744073709551616", "share: 1e999", "wait: 300y", fmt.Sprintf("small: %d", math.MaxInt64)} {
		if found := strictyaml.Unmarshal("f.yaml", []byte("text: a\n"+text), &f); len(found) != 1 || found[0].Check != "bad-value" || found[0].Line != 2 {
			t.Errorf("%s: %v", text, found)
		}
	}
}

func TestAnEmptyMapIsOfNoKind(t *testing.T) {
	source, problems := strictyaml.NewSource("x.yaml", []byte("{}\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for d := range source.Documents() {
		if d.Is(strictyaml.Kind{Key: "policy"}) || len(d.Problems()) != 1 || d.Problems()[0].Check != "spec-version" {
			t.Errorf("an empty map is a policy, or has the problems %v", d.Problems())
		}
	}
}
