package web

import (
	"io"
	"net/url"

	"headroom/api/figure"
	"headroom/api/v1"
	"headroom/slo"
)

// Attribution is the input of the page that splits bad events by a label.
type Attribution struct {
	Frame
	ID          slo.ID
	Labels      []v1.Label      // to split by
	Attribution *v1.Attribution // nil while none is chosen
	Problem     string          // why there is none, or ""
}

// Attribution writes the page that splits the bad events of an objective.
func (p *Pages) Attribution(w io.Writer, in Attribution) error {
	return render(w, p.attribution, newAttributionView(in))
}

type attributionView struct {
	frameView
	Name, Path           string
	Service, ServiceLink string
	JSON, Problem        string
	Labels               []labelView
	By                   string
	From, To             string
	Values               []attributedView
	Sentence             string
}

type labelView struct {
	Name, Link string
	Values     int
	Current    bool
}

type attributedView struct {
	Value, Bad, Total, BadShare, TotalShare, Spent string

	Width  string // of its bar, in percent
	Within bool   // it has no more than its part
}

func newAttributionView(in Attribution) attributionView {
	path := objectivePath(in.ID)
	view := attributionView{
		frameView: newFrameView(in.Frame, "What spent "+in.ID.Service+"/"+in.ID.Objective, nil),
		Name:      in.ID.Objective, Path: path, Service: in.ID.Namespace + "/" + in.ID.Service,
		ServiceLink: link("/", v1.Filter{Namespace: in.ID.Namespace, Service: in.ID.Service}.Query()),
		JSON:        "/api/v1/slos/" + in.ID.String() + "/labels", Problem: in.Problem,
	}
	for _, l := range in.Labels {
		current := in.Attribution != nil && in.Attribution.By == l.Label
		view.Labels = append(view.Labels, labelView{l.Label, link(path+"/attribution", url.Values{"by": {l.Label}}), l.Values, current})
	}
	if a := in.Attribution; a != nil {
		view.By, view.From, view.To = a.By, a.From.UTC().Format(moment), a.To.UTC().Format(moment)
		view.JSON = "/api/v1/slos/" + in.ID.String() + "/attribution?" + url.Values{"by": {a.By}}.Encode()
		for _, v := range a.Values {
			view.Values = append(view.Values, newAttributed(v))
		}
		if a.Rest.Total > 0 {
			rest := newAttributed(a.Rest)
			rest.Value = "all others"
			view.Values = append(view.Values, rest)
		}
		view.Sentence = sentence(*a)
	}
	return view
}

func newAttributed(v v1.Attributed) attributedView {
	one := attributedView{
		Value: v.Value, Bad: figure.Count(&v.Bad), Total: figure.Count(&v.Total), BadShare: figure.Share(&v.BadShare),
		TotalShare: figure.Share(&v.TotalShare), Spent: figure.Spent(v.Spent), Width: unit(100 * v.BadShare), Within: v.Excess <= 0,
	}
	if one.Value == "" {
		one.Value = "(without the label)"
	}
	return one
}

func sentence(a v1.Attribution) string {
	switch {
	case len(a.Values) == 0 || a.Bad <= 0:
		return "Nothing was bad in this time."
	case a.Concentrated:
		return a.Values[0].Value + " stands out: it has " + figure.Share(&a.Values[0].BadShare) + " of the bad events and " + figure.Share(&a.Values[0].TotalShare) + " of all."
	default:
		return "No value stands out."
	}
}
