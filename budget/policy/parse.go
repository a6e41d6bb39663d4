package policy

import (
	"fmt"

	"headroom/internal/strictyaml"
	"headroom/slo"
	"headroom/slo/diag"
)

// Version is the version of the form that this package reads.
const Version = "v1"

// maxDocuments bounds one file, so that a hostile one cannot fill the memory.
const maxDocuments = 1000

// Document is one document of a file of policies.
type Document struct {
	File   string
	Line   int    // number of the text's first line in the file
	Name   string // "" when the document is too broken to tell
	Text   []byte // the document's own text; not to be changed
	Broken bool
	Policy Policy // must not be used while the document is Broken
}

// Parse reads the documents of one file from its text, which it keeps. Names
// that several documents claim are found by a Registry.
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
		if len(documents) == maxDocuments {
			d.Report(strictyaml.Node{}, "too-many-problems", fmt.Sprintf("more than %d documents in one file", maxDocuments), "split it into several files")
			return documents, append(problems, d.Problems()...)
		}
		r := reader{Document: d, file: source.Name()}
		out := Document{File: source.Name(), Line: d.Line(), Text: d.Text()}
		out.Policy = r.read()
		out.Name, out.Broken = out.Policy.Name, diag.HasErrors(d.Problems())
		documents = append(documents, out)
		problems = append(problems, d.Problems()...)
	}
	if len(documents) == 0 {
		problems = append(problems, source.Empty("a policy"))
	}
	return documents, problems
}

// reader resolves one document.
type reader struct {
	*strictyaml.Document
	file string
}

func (r *reader) read() Policy {
	if !r.Parsed() || !r.Is(kind()) {
		return Policy{}
	}
	var f policyForm
	r.Decode(&f)
	p := Policy{
		Name: r.name(f.Policy), Place: r.place(f.Policy.Node), Objectives: r.selector(f.Objectives),
		FreezeAt: r.freezeAt(f.Freeze), Environments: r.environments(f.Environments), Pass: r.pass(f.Pass),
		Unknown:  oneOf(r, f.Unknown, "unknown", DefaultUnknown, Open, Closed),
		Mode:     oneOf(r, f.Mode, "mode", DefaultMode, Enforce, Advise),
		Approval: DefaultApproval,
	}
	if f.Corrections.IsSet() {
		p.Approval = oneOf(r, f.Corrections.V.Approval, "approval", DefaultApproval, ApprovalNone, ApprovalRequired)
	}
	if p.Objectives.Place.Line == 0 {
		p.Objectives.Place = p.Place
	}
	return p
}

func (r *reader) name(v text) string {
	if v.Node.IsScalar() && !slo.ValidName(v.V) {
		r.Report(v.Node, "invalid-name", fmt.Sprintf("%q cannot name a policy", v.V), "write a name of small letters, digits and inner dashes, such as production-freeze")
		return ""
	}
	return v.V
}

func (r *reader) place(n strictyaml.Node) slo.Place {
	line, column := r.Position(n)
	return slo.Place{File: r.file, Line: line, Column: column}
}

// kind is that of the documents that are read here.
func kind() strictyaml.Kind {
	return strictyaml.Kind{Key: "policy", Plural: "policies", Named: "with its name", Elsewhere: "to a spec file"}
}
