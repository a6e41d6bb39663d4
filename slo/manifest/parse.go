package manifest

import (
	"fmt"

	"headroom/internal/strictyaml"
	"headroom/slo"
	"headroom/slo/diag"
)

// Version is the version of the form that this package reads.
const Version = "v1"

// Bounds of one file, so that a hostile one cannot fill the memory.
const (
	maxDocuments = 5000
	maxProblems  = 1000
)

const tooMany = "too-many-problems"

// Parse reads the documents of one file from its text, which it keeps. The
// problems are those of the documents themselves; ids that several documents
// declare are found by Resolve.
func Parse(file string, data []byte) ([]Document, []diag.Problem) {
	return Options{}.Parse(file, data)
}

// Parse is Parse with options; those about files do nothing.
func (o Options) Parse(file string, data []byte) ([]Document, []diag.Problem) {
	source, problems := strictyaml.NewSource(file, data)
	if source == nil {
		return nil, problems
	}
	return o.parseSource(source)
}

func (o Options) parseSource(source *strictyaml.Source) ([]Document, []diag.Problem) {
	var documents []Document
	var problems []diag.Problem
	for d := range source.Documents() {
		doc := Document{File: source.Name(), Text: d.Text(), Line: d.Line()}
		if len(documents) < maxDocuments {
			(&reader{Document: d, out: &doc, options: o}).read()
		} else {
			d.Report(strictyaml.Node{}, tooMany, fmt.Sprintf("more than %d documents in one file", maxDocuments), "split it into several files")
		}
		doc.Broken = diag.HasErrors(d.Problems())
		documents = append(documents, doc)
		problems = appendBounded(problems, d.Problems())
		if len(documents) > maxDocuments {
			break
		}
	}
	if len(documents) == 0 {
		problems = append(problems, source.Empty("a spec"))
	}
	return documents, problems
}

// appendBounded appends at most so many problems that a file has maxProblems,
// and after them one that says so.
func appendBounded(problems, more []diag.Problem) []diag.Problem {
	if len(problems) > maxProblems {
		return problems
	}
	problems = append(problems, more...)
	if len(problems) > maxProblems {
		last := &problems[maxProblems]
		last.Check, last.Severity = tooMany, diag.Error
		last.Message, last.Hint = "more problems follow in this file, which are not shown", "mend those before this one first"
		problems = problems[:maxProblems+1]
	}
	return problems
}

// reader resolves one document.
type reader struct {
	*strictyaml.Document
	out     *Document
	options Options
	asked   map[string]bool // what is required and was reported for the whole service
}

func (r *reader) read() {
	r.out.Place = r.place(strictyaml.Node{})
	if !r.Parsed() || !r.isService(r.Keys()) {
		return
	}
	var form serviceForm
	r.Decode(&form)
	if form.Service.IsSet() {
		r.out.Place = r.place(form.Service.Node)
		namespace, service, err := slo.ParseService(form.Service.V)
		if err == nil {
			r.out.Namespace, r.out.Service = namespace, service
		} else if form.Service.Node.IsScalar() {
			r.Report(form.Service.Node, "invalid-name", err.Error(), "write a name such as checkout, or platform/pipelines with its namespace")
		}
	}
	r.objectives(&form)
}

func (r *reader) place(n strictyaml.Node) slo.Place {
	line, column := r.Position(n)
	return slo.Place{File: r.out.File, Line: line, Column: column}
}
