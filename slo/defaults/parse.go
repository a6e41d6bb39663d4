package defaults

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"headroom/internal/strictyaml"
	"headroom/slo"
	"headroom/slo/diag"
)

// Version is the version of the form that this package reads.
const Version = "v1"

// maxRules bounds a set, since every objective asks every rule.
const maxRules = 1000

// loader puts the documents of all files together.
type loader struct {
	set      Set
	names    map[string]string // of documents, and where they stand
	problems []diag.Problem
}

// Parse reads the documents of one file from its text. The set must not be
// used when one of the problems is an error.
func Parse(file string, data []byte) (*Set, []diag.Problem) {
	return Read([]File{{file, string(data)}})
}

func (l *loader) finish() (*Set, []diag.Problem) {
	diag.Sort(l.problems)
	if len(l.set.rules) == 0 {
		return nil, l.problems
	}
	sum := sha256.Sum256(fmt.Append(nil, l.set.rules))
	l.set.hash = hex.EncodeToString(sum[:8])
	return &l.set, l.problems
}

func (l *loader) source(source *strictyaml.Source) {
	var file strings.Builder
	lines := 0
	for d := range source.Documents() {
		// Empty lines keep every document on its line.
		file.WriteString(strings.Repeat("\n", d.Line()-1-lines))
		file.Write(d.Text())
		lines = d.Line() - 1 + bytes.Count(d.Text(), []byte("\n"))
		r := reader{Document: d, loader: l, file: source.Name()}
		r.read()
		l.problems = append(l.problems, d.Problems()...)
	}
	l.set.files = append(l.set.files, File{source.Name(), file.String()})
	if file.Len() == 0 {
		l.problems = append(l.problems, source.Empty("defaults"))
	}
}

// reader reads one document.
type reader struct {
	*strictyaml.Document
	loader *loader
	file   string
}

func (r *reader) read() {
	if !r.Parsed() || !r.Is(kind()) {
		return
	}
	var form documentForm
	r.Decode(&form)
	name := r.name(form.Defaults)
	if form.Rules.IsSet() && len(form.Rules.V) == 0 && !form.Rules.Node.IsScalar() && !form.Rules.Node.IsMap() {
		r.Report(form.Rules.Node, "empty-value", "rules has no rule", "write at least one, beginning with a dash, or remove the document")
	}
	read := map[int]rule{}
	for i, v := range form.Rules.V {
		if len(r.loader.set.rules)+i == maxRules {
			r.Report(v.Key, "too-many-problems", fmt.Sprintf("more than %d rules", maxRules), "join rules that give the same")
			break
		}
		line, _ := r.Position(v.Node)
		source := fmt.Sprintf("defaults %s, rule %d (%s:%d)", name, i+1, r.file, line)
		read[i] = r.rule(&v.V, source)
	}
	for i := range form.Rules.V {
		if rule, ok := read[i]; ok && !r.broken(form.Rules.V, i) {
			r.loader.set.rules = append(r.loader.set.rules, rule)
		}
	}
}

// broken reports whether a rule has an error, so that it is not what somebody
// meant and no spec can be judged by it.
func (r *reader) broken(rules []strictyaml.Value[ruleForm], at int) bool {
	from, fromColumn := r.Position(rules[at].Node)
	to, toColumn := math.MaxInt, 0
	if at+1 < len(rules) {
		to, toColumn = r.Position(rules[at+1].Node)
	}
	return slices.ContainsFunc(r.Problems(), func(p diag.Problem) bool {
		after := p.Line > from || p.Line == from && p.Column >= fromColumn
		before := p.Line < to || p.Line == to && p.Column < toColumn
		return p.Severity == diag.Error && after && before
	})
}

// name reads the name of a document, which no other has.
func (r *reader) name(v text) string {
	if !v.Node.IsScalar() {
		return ""
	}
	if !slo.ValidName(v.V) {
		r.Report(v.Node, "invalid-name", fmt.Sprintf("%q cannot name defaults", v.V), "write a name of small letters, digits and inner dashes, such as organisation")
		return ""
	}
	if other, taken := r.loader.names[v.V]; taken {
		r.Report(v.Node, "duplicate-defaults", fmt.Sprintf("the defaults %s are already declared in %s", v.V, other), "give one of the two another name")
		return v.V
	}
	line, _ := r.Position(v.Node)
	r.loader.names[v.V] = r.file + ":" + strconv.Itoa(line)
	return v.V
}

// strings reads a list of words.
func (r *reader) strings(list names, valid func(text) bool) []string {
	var words []string
	for _, v := range list.V {
		if v.Node.IsScalar() && valid(v) {
			words = append(words, strings.TrimSpace(v.V))
		}
	}
	return words
}

// kind is that of the documents that are read here.
func kind() strictyaml.Kind {
	return strictyaml.Kind{Key: "defaults", Plural: "defaults", Named: "with a name", Elsewhere: "to a file of its kind"}
}
