package catalog

import (
	"fmt"
	"slices"
	"strings"

	"headroom/internal/strictyaml"
	"headroom/slo"
	"headroom/slo/diag"
)

// Version is the version of the form that this package reads.
const Version = "v1"

// maxDocuments bounds one file, so that a hostile one cannot fill the memory.
const maxDocuments = 1000

// The checks of a template's own document.
const (
	checkName        = "template-name"        // the name is none, or taken
	checkDeclaration = "template-declaration" // a parameter is declared wrongly
	checkPlaceholder = "template-placeholder" // a placeholder is unknown, or has no meaning where it stands
	checkUnused      = "template-unused"      // a parameter or placeholder stands nowhere
)

// Parse reads the templates of one file from its text, which it keeps. Only
// sound templates are returned; names that are given twice are found by Load.
func Parse(file string, data []byte, decode Decoder) ([]*Template, []diag.Problem) {
	source, problems := strictyaml.NewSource(file, data)
	if source == nil {
		return nil, problems
	}
	return parseSource(source, reader{decode: decode})
}

// parseSource reads every document with a copy of the reader.
func parseSource(source *strictyaml.Source, r reader) ([]*Template, []diag.Problem) {
	var templates []*Template
	var problems []diag.Problem
	documents := 0
	for d := range source.Documents() {
		if documents++; documents > maxDocuments {
			d.Report(strictyaml.Node{}, "too-many-problems", fmt.Sprintf("more than %d documents in one file", maxDocuments), "split it into several files")
			return templates, append(problems, d.Problems()...)
		}
		r.Document, r.out = d, &Template{Text: d.Text()}
		r.read(source.Name())
		if !diag.HasErrors(d.Problems()) {
			templates = append(templates, r.out)
		}
		problems = append(problems, d.Problems()...)
	}
	if documents == 0 {
		problems = append(problems, source.Empty("a template"))
	}
	return templates, problems
}

// reader reads one document.
type reader struct {
	*strictyaml.Document
	decode  Decoder
	trusted bool // it needs no trial
	out     *Template
	used    map[string]bool // placeholders
}

func (r *reader) read(file string) {
	if !r.Parsed() || !r.Is(kind()) {
		return
	}
	var f templateForm
	r.Decode(&f)
	line, column := r.Position(f.Template.Node)
	t := r.out
	t.Place = slo.Place{File: file, Line: line, Column: column}
	t.Name = r.name(f.Template)
	t.Title, t.Description = r.sentence(f.Title), r.sentence(f.Description)
	t.Categories = r.categories(f.Categories)
	t.Notes = r.sentences(f.Notes)
	t.Suggest = r.suggest(&f.Suggest)
	t.Parameters = r.parameters(f.Parameters.V)
	for _, m := range f.Metrics.V {
		t.metrics = append(t.metrics, m.V)
	}
	if diag.HasErrors(r.Problems()) {
		return // what stands in the indicator cannot be judged
	}
	r.indicator(&f)
}

func (r *reader) name(v text) string {
	if v.Node.IsScalar() && !slo.ValidName(v.V) {
		r.Report(v.Node, checkName, quote(v.V)+" cannot name a template", "write a name of small letters, digits and inner dashes, such as otel-http-availability")
	}
	return v.V
}

// sentence is a text on one line, so that lists of templates stay readable.
func (r *reader) sentence(v text) string {
	s := strings.Join(strings.Fields(v.V), " ")
	if v.Node.IsScalar() && s == "" {
		r.Report(v.Node, "empty-value", "the text is empty", "write a sentence")
	}
	return s
}

func (r *reader) sentences(list texts) []string {
	out := []string{}
	for _, v := range list.V {
		out = append(out, r.sentence(v))
	}
	return out
}

func (r *reader) categories(list texts) []string {
	out := []string{}
	for _, v := range list.V {
		switch {
		case !v.Node.IsScalar():
		case !slo.ValidName(v.V):
			r.Report(v.Node, "invalid-name", quote(v.V)+" cannot name a category", "use a-z, 0-9 and inner dashes")
		case slices.Contains(out, v.V):
			r.Report(v.Node, "invalid-name", "the category "+v.V+" is given twice", "keep one of the two")
		default:
			out = append(out, v.V)
		}
	}
	return out
}

func (r *reader) suggest(v *strictyaml.Value[suggestForm]) Suggest {
	f := &v.V
	out := Suggest{Objective: f.Objective.V, Target: f.Target.V, Window: f.Window.V}
	if f.Objective.Node.IsScalar() && !slo.ValidName(out.Objective) {
		r.Report(f.Objective.Node, "invalid-name", quote(out.Objective)+" cannot name an objective", "use a-z, 0-9 and inner dashes")
	}
	if f.Target.Node.IsScalar() {
		if _, err := slo.ParseTarget(f.Target.V); err != nil {
			r.Report(f.Target.Node, "target-format", err.Error(), "write a percentage, such as 99.9%")
		}
	}
	if f.Window.Node.IsScalar() {
		if _, err := slo.ParseDuration(f.Window.V); err != nil {
			r.Report(f.Window.Node, "duration-format", err.Error(), "write a number with a unit, such as 28d")
		}
	}
	return out
}

// kind is that of the documents that are read here.
func kind() strictyaml.Kind {
	return strictyaml.Kind{Key: "template", Plural: "templates", Named: "with its name", Elsewhere: "to a file of its kind"}
}
