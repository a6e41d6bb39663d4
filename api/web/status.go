package web

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"

	"headroom/api/v1"
	"headroom/budget"
)

// What a page shows at most, so that it stays quick and readable; the rest is
// reached by filtering, or in the JSON.
const (
	maxRows     = 500
	maxProblems = 20
)

type statusView struct {
	frameView
	NotReady     string
	Empty        bool // nothing is declared
	Headline     []tile
	Problems     []problemView
	Errors       int // problems that are errors
	MoreProblems int
	Services     []serviceView
	Filters      []pair // what is filtered by
	ClearFilter  string
	Shown, Found int
}

type tile struct {
	Name, Tone, Link string
	Count            int
	Note             string
	Current          bool
}

type serviceView struct {
	Name, Link       string
	Owner, OwnerLink string // "" when its objectives have several
	Rows             []row
}

func newStatusView(in Status) statusView {
	found := in.Filter.Apply(in.SLOs)
	shown := mostUrgent(found, maxRows)
	view := statusView{
		NotReady: in.NotReady, Empty: len(in.SLOs) == 0,
		Services: newServices(shown, in),
		Filters:  filterPairs(in.Filter),
		Shown:    len(shown), Found: len(found),
		ClearFilter: in.link(v1.Filter{}),
	}
	view.Problems, view.Errors, view.MoreProblems = newProblems(in.Problems)
	view.Headline = in.tiles()
	view.frameView = newFrameView(in.Frame, title(view), in.Filter.Query())
	return view
}

func title(view statusView) string {
	for _, t := range view.Headline {
		if t.Tone == string(budget.StateExhausted) && t.Count > 0 {
			return fmt.Sprintf("%d exhausted", t.Count)
		}
	}
	return "Status"
}

// link is the status page with another filter and the same refreshing.
func (in Status) link(f v1.Filter) string {
	query := f.Query()
	if !in.Refresh {
		query.Set("refresh", "off")
	}
	return link("/", query)
}

// tiles counts within the filter, its state left aside: they are how one goes
// from one state to another.
func (in Status) tiles() []tile {
	within := in.Filter
	within.State = ""
	objectives := map[string]bool{}
	counts := map[budget.State]int{}
	statuses := within.Apply(in.SLOs)
	for _, s := range statuses {
		objectives[s.ID.String()] = true
		counts[budget.State(tone(s))]++
	}
	all := tile{Name: "objectives", Tone: "all", Link: in.link(within), Count: len(objectives), Current: in.Filter.State == ""}
	if len(objectives) == 1 {
		all.Name = "objective"
	}
	if len(statuses) != len(objectives) {
		all.Note = fmt.Sprintf("with %d budgets", len(statuses))
	}
	tiles := []tile{all}
	for _, state := range v1.States() {
		f := within
		f.State = state
		tiles = append(tiles, tile{
			Name: string(state), Tone: string(state), Link: in.link(f), Count: counts[state], Current: in.Filter.State == state,
		})
	}
	return tiles
}

func newServices(slos []v1.SLO, in Status) []serviceView {
	var services []serviceView
	for _, s := range slos {
		name := s.ID.Namespace + "/" + s.ID.Service
		if len(services) == 0 || services[len(services)-1].Name != name {
			services = append(services, serviceView{
				Name: name, Owner: s.Owner, OwnerLink: in.link(v1.Filter{Owner: s.Owner}),
				Link: in.link(v1.Filter{Namespace: s.ID.Namespace, Service: s.ID.Service}),
			})
		}
		service := &services[len(services)-1]
		if service.Owner != s.Owner {
			service.Owner = ""
		}
		service.Rows = append(service.Rows, newRow(s, in.Now))
	}
	return services
}

func filterPairs(f v1.Filter) []pair {
	query := f.Query()
	return pairs(flatten(query))
}

func flatten(query url.Values) map[string]string {
	flat := map[string]string{}
	for name := range query {
		flat[name] = query.Get(name)
	}
	return flat
}

// mostUrgent keeps the n statuses that need a look first, in their order.
func mostUrgent(slos []v1.SLO, n int) []v1.SLO {
	if len(slos) <= n {
		return slos
	}
	urgent := slices.Clone(slos)
	slices.SortStableFunc(urgent, func(a, b v1.SLO) int {
		return cmp.Or(cmp.Compare(urgency(a), urgency(b)), cmp.Compare(left(a), left(b)))
	})
	urgent = urgent[:n]
	v1.Sort(urgent)
	return urgent
}

func urgency(s v1.SLO) int {
	return slices.Index([]string{
		string(budget.StateExhausted), string(budget.StateCaution), string(budget.StateUnknown), string(budget.StateHealthy),
	}, tone(s))
}

func left(s v1.SLO) float64 {
	if s.Budget.Remaining == nil {
		return 0
	}
	return *s.Budget.Remaining
}
