package correction

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"headroom/internal/strictyaml"
	"headroom/slo"
	"headroom/slo/diag"
)

// Version is the version of the form that this package reads.
const Version = "v1"

// maxDocuments bounds one file, so that a hostile one cannot fill the memory.
const maxDocuments = 1000

// Document is one sound document of a file of corrections.
type Document struct {
	Name       string
	Author     string
	ApprovedBy string // "" when it names nobody
	Terms      Terms
	Place      slo.Place // of its name
}

// Parse reads the documents of one file. Those that are broken are left out:
// when any problem is an error, the file as a whole must not be used.
func Parse(file string, data []byte) ([]Document, []diag.Problem) {
	source, problems := strictyaml.NewSource(file, data)
	if source == nil {
		return nil, problems
	}
	return parseSource(source, time.Time{})
}

// parseSource also warns of what the clocks of a zone make of documents, as of a
// time that is not zero.
func parseSource(source *strictyaml.Source, now time.Time) ([]Document, []diag.Problem) {
	var documents []Document
	var problems []diag.Problem
	for d := range source.Documents() {
		if len(documents) == maxDocuments {
			d.Report(strictyaml.Node{}, "too-many-problems", fmt.Sprintf("more than %d documents in one file", maxDocuments), "split it into several files")
			return documents, append(problems, d.Problems()...)
		}
		r := reader{Document: d, file: source.Name(), now: now}
		document := r.read()
		if !diag.HasErrors(d.Problems()) {
			documents = append(documents, document)
		}
		problems = append(problems, d.Problems()...)
	}
	if len(documents) == 0 && len(problems) == 0 {
		problems = append(problems, source.Empty("a correction"))
	}
	return documents, problems
}

// reader resolves one document.
type reader struct {
	*strictyaml.Document

	file string
	now  time.Time // zero: clocks are not looked at
}

func (r *reader) read() Document {
	if !r.Parsed() || !r.Is(kind()) {
		return Document{}
	}
	var f correctionForm
	r.Decode(&f)
	line, column := r.Position(f.Correction.Node)
	d := Document{
		Name: f.Correction.V, Author: strings.TrimSpace(f.Author.V), ApprovedBy: strings.TrimSpace(f.ApprovedBy.V),
		Place: slo.Place{File: r.file, Line: line, Column: column},
	}
	r.people(&f, d)
	if diag.HasErrors(r.Problems()) {
		return d
	}
	terms, err := f.draft().Terms()
	var faults Faults
	if errors.As(err, &faults) {
		for _, fault := range faults {
			r.report(&f, fault)
		}
	}
	d.Terms = terms
	if len(faults) == 0 && !r.now.IsZero() {
		for _, said := range terms.Clocks(r.now) {
			r.Warn(f.node(&said), "correction-time", said.Message, said.Hint)
		}
	}
	return d
}

func (r *reader) report(f *correctionForm, fault *Fault) {
	check := "correction-value"
	switch {
	case fault.Field == "repeat":
		check = "correction-repeat"
	case fault.Field == "from" || fault.Field == "to" || fault.Field == "zone":
		check = "correction-time"
	case fault.Hint == "" || strings.HasPrefix(fault.Field, "objectives.") && fault.Field != "objectives.owners":
		check = "invalid-name"
	}
	at := f.node(fault)
	if at.IsZero() {
		at = f.Correction.Node
	}
	r.Report(at, check, fault.Message, fault.Hint)
}

func (r *reader) people(f *correctionForm, d Document) {
	if f.Correction.Node.IsScalar() && !slo.ValidName(d.Name) {
		r.Report(f.Correction.Node, "invalid-name", fmt.Sprintf("%q cannot name a correction", d.Name), "write a name of small letters, digits and inner dashes, such as database-upgrade")
	}
	if f.Author.IsSet() && d.Author == "" {
		r.Report(f.Author.Node, "correction-value", "the author is empty", "name who declares the correction")
	}
	switch {
	case !f.ApprovedBy.IsSet():
	case d.ApprovedBy == "":
		r.Report(f.ApprovedBy.Node, "correction-value", "approved_by is empty", "name who has approved it, or remove the key")
	case strings.EqualFold(d.ApprovedBy, d.Author):
		r.Report(f.ApprovedBy.Node, "correction-value", fmt.Sprintf("%s cannot approve a correction of their own", d.Author), "let a second person approve it")
	}
}

// kind is that of the documents that are read here.
func kind() strictyaml.Kind {
	return strictyaml.Kind{Key: "correction", Plural: "corrections", Named: "with its name", Elsewhere: "to where it belongs"}
}
