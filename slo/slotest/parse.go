package slotest

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

// Bounds of one file, so that a hostile one cannot fill the memory.
const (
	maxDocuments = 100
	maxCases     = 1000
)

// The checks of this package.
const (
	checkValue   = "test-value"
	checkUnknown = "test-unknown"
	checkTime    = "test-time"
	checkTraffic = "test-traffic"
	checkExpect  = "test-expect"
)

// Specs returns the objectives of the specs that a file of tests names, and
// what is wrong with them.
type Specs func(file string, specs []string) ([]*slo.Objective, []diag.Problem)

// Parse reads the documents of one file from its text.
func Parse(file string, data []byte, specs Specs) ([]Suite, []diag.Problem) {
	source, problems := strictyaml.NewSource(file, data)
	if source == nil {
		return nil, problems
	}
	return parseSource(source, specs)
}

func parseSource(source *strictyaml.Source, specs Specs) ([]Suite, []diag.Problem) {
	var suites []Suite
	var problems []diag.Problem
	for d := range source.Documents() {
		if len(suites) == maxDocuments {
			d.Report(strictyaml.Node{}, "too-many-problems", fmt.Sprintf("more than %d documents in one file", maxDocuments), "split it into several files")
			return suites, append(problems, d.Problems()...)
		}
		r := reader{Document: d, file: source.Name(), specs: specs}
		suite := r.read()
		suite.Broken = suite.Broken || diag.HasErrors(d.Problems())
		suites = append(suites, suite)
		problems = append(append(problems, d.Problems()...), r.foreign...)
	}
	if len(suites) == 0 {
		problems = append(problems, source.Empty("a test"))
	}
	return suites, problems
}

// reader resolves one document.
type reader struct {
	*strictyaml.Document
	file    string
	specs   Specs
	foreign []diag.Problem // in other files

	objectives []*slo.Objective // of the service
}

func (r *reader) read() Suite {
	suite := Suite{File: r.file, Place: r.place(strictyaml.Node{})}
	if !r.Parsed() || !r.Is(kind()) {
		suite.Broken = true
		return suite
	}
	var form testForm
	r.Decode(&form)
	suite.Place = r.place(form.Test.Node)
	suite.Service = r.service(form.Test)
	if suite.Service == "" || !r.load(&form, suite.Service) {
		suite.Broken = true
		return suite
	}
	suite.Cases = r.cases(form.Cases)
	return suite
}

func (r *reader) service(v text) string {
	if !v.Node.IsScalar() {
		return ""
	}
	namespace, name, err := slo.ParseService(v.V)
	if err != nil {
		r.Report(v.Node, "invalid-name", err.Error(), "write the service's name as its spec has it, such as checkout, or platform/pipelines with its namespace")
		return ""
	}
	return namespace + "/" + name
}

// load fetches the objectives of the service under test.
func (r *reader) load(form *testForm, service string) bool {
	specs := r.specPaths(form)
	if specs == nil {
		return false
	}
	all, problems := r.specs(r.file, specs)
	if diag.HasErrors(problems) {
		r.foreign = problems
		return false
	}
	var services []string
	for _, o := range all {
		if o.Service() == service {
			r.objectives = append(r.objectives, o)
		}
		if !slices.Contains(services, o.Service()) {
			services = append(services, o.Service())
		}
	}
	if len(r.objectives) == 0 {
		hint := "those in " + strings.Join(specs, ", ") + " are: " + listed(services)
		if near, ok := strictyaml.Nearest(service, services); ok {
			hint = "did you mean " + strings.TrimPrefix(near, slo.DefaultNamespace+"/") + "?"
		}
		r.Report(form.Test.Node, checkUnknown, fmt.Sprintf("no spec declares the service %s", strings.TrimPrefix(service, slo.DefaultNamespace+"/")), hint)
	}
	return len(r.objectives) > 0
}

// specPaths returns the specs to read: those that are named, otherwise the one
// that the name of the file belongs to.
func (r *reader) specPaths(form *testForm) []string {
	if form.Specs.IsSet() {
		var paths []string
		for _, p := range form.Specs.V {
			if p.Node.IsScalar() && strings.TrimSpace(p.V) != "" {
				paths = append(paths, p.V)
			}
		}
		if len(paths) == 0 {
			r.Report(form.Specs.Key, checkValue, "no specs are named", "write specs: [slo.yaml], relative to this file")
		}
		return paths
	}
	name := r.file[strings.LastIndexAny(r.file, `/\`)+1:]
	base, found := strings.CutSuffix(name, ".test.yaml")
	if !found {
		r.Report(form.Test.Key, "missing-key", "the key specs is missing", "write specs: [slo.yaml], relative to this file; only a file slo.test.yaml or NAME.slo.test.yaml belongs to a spec by its name")
		return nil
	}
	return []string{base + ".yaml"}
}

func (r *reader) place(n strictyaml.Node) slo.Place {
	line, column := r.Position(n)
	return slo.Place{File: r.file, Line: line, Column: column}
}

// cases reads the cases, without those in which something is wrong.
func (r *reader) cases(v strictyaml.Value[[]caseNotion]) []Case {
	if v.IsSet() && len(v.V) == 0 && !v.Node.IsScalar() && !v.Node.IsMap() {
		r.Report(v.Key, checkValue, "there are no cases", "write at least one case under it")
	}
	var list []Case
	lines := map[string]int{}
	for i := range v.V {
		notion := &v.V[i]
		if i == maxCases {
			r.Report(notion.Node, checkValue, fmt.Sprintf("more than %d cases in one document", maxCases), "split it into several files")
			break
		}
		if !notion.Node.IsMap() {
			continue // decoding has reported it
		}
		before := len(r.Problems())
		c := (&caseReader{reader: r, form: &notion.V, at: notion.Node}).read()
		line, _ := r.Position(notion.V.Name.Node)
		if first, twice := lines[c.Name]; twice && c.Name != "" {
			r.Report(notion.V.Name.Node, "duplicate-key", fmt.Sprintf("a case of this name is already on line %d", first), "give it another name")
		}
		lines[c.Name] = line
		if !diag.HasErrors(r.Problems()[before:]) {
			list = append(list, c)
		}
	}
	return list
}

func listed(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	const most = 10
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

// kind is that of the documents that are read here.
func kind() strictyaml.Kind {
	return strictyaml.Kind{Key: "test", Plural: "tests", Named: "with the name of the service", Elsewhere: "to a spec file"}
}
