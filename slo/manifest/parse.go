package manifest

import (
	"headroom/internal/strictyaml"
	"headroom/slo"
	"headroom/slo/diag"
)

// Version is the version of the form that this package reads.
const Version = "v1"

// Parse reads the documents of one file from its text, which it keeps. The
// problems are those of the documents themselves; ids that several documents
// declare are found by Resolve.
func Parse(file string, data []byte) ([]Document, []diag.Problem) {
	source, problems := strictyaml.NewSource(file, data)
	if source == nil {
		return nil, problems
	}
	return parseSource(source)
}

func parseSource(source *strictyaml.Source) ([]Document, []diag.Problem) {
	var documents []Document
	var problems []diag.Problem
	for d := range source.Documents() {
		doc := Document{File: source.Name(), Text: d.Text(), Line: d.Line()}
		(&reader{Document: d, out: &doc}).read()
		doc.Broken = diag.HasErrors(d.Problems())
		documents = append(documents, doc)
		problems = append(problems, d.Problems()...)
	}
	if len(documents) == 0 {
		problems = append(problems, diag.Problem{
			Check: "empty-file", Severity: diag.Error, File: source.Name(), Line: 1, Column: 1, EndColumn: 1,
			Message: "the file holds no document", Hint: "write a spec that begins with headroom: v1, or remove the file",
		})
	}
	return documents, problems
}

// reader resolves one document.
type reader struct {
	*strictyaml.Document
	out *Document
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
