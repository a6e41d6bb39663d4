package plans

import (
	"fmt"
	"strconv"

	"headroom/internal/strictyaml"
	"headroom/slo"
	"headroom/slo/diag"
)

// Version is the version of the form that this package reads.
const Version = "v1"

// maxPlans bounds a set.
const maxPlans = 1000

func (l *loader) source(source *strictyaml.Source) {
	documents := 0
	for d := range source.Documents() {
		documents++
		r := reader{Document: d, loader: l, file: source.Name()}
		r.read()
		l.problems = append(l.problems, d.Problems()...)
	}
	if documents == 0 {
		l.problems = append(l.problems, source.Empty("a plan"))
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
	var f documentForm
	r.Decode(&f)
	if len(r.loader.plans) == maxPlans {
		r.Report(f.Plan.Node, "too-many-problems", fmt.Sprintf("more than %d plans", maxPlans), "join plans that say the same")
		return
	}
	plan := &slo.AlertPlan{
		Name: r.name(f.Plan), Tiers: r.tiers(f.Tiers), Without: r.without(f.Without, f.Tiers),
		Guard: r.guard(&f.Guard.V), Materiality: r.share(f.Materiality),
		Page: r.notice(&f.Page.V), Ticket: r.notice(&f.Ticket.V),
		Others: r.others(&f.Alerts.V),
	}
	r.alertNames(&f, plan)
	if diag.HasErrors(r.Problems()) {
		// What is wrong is said. Nobody computes with half of a tier, and
		// objectives with the plan can be checked nevertheless.
		plan = &slo.AlertPlan{Name: plan.Name}
	}
	if plan.Name != "" {
		r.loader.plans[plan.Name] = plan
	}
}

// name reads the name of a plan, which no other has.
func (r *reader) name(v text) string {
	if !v.Node.IsScalar() {
		return ""
	}
	if !slo.ValidName(v.V) {
		r.Report(v.Node, "invalid-name", fmt.Sprintf("%q cannot name a plan", v.V), "write a name of small letters, digits and inner dashes, such as quiet")
		return ""
	}
	if other, taken := r.loader.places[v.V]; taken {
		r.Report(v.Node, "duplicate-plan", fmt.Sprintf("the plan %s is already declared in %s", v.V, other), "give one of the two another name")
		return ""
	}
	line, _ := r.Position(v.Node)
	r.loader.places[v.V] = r.file + ":" + strconv.Itoa(line)
	return v.V
}

// kind is that of the documents that are read here.
func kind() strictyaml.Kind {
	return strictyaml.Kind{Key: "plan", Plural: "plans", Named: "with a name", Elsewhere: "to a file of its kind"}
}
