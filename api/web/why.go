package web

import (
	"fmt"
	"io"
	"strings"
	"time"

	"headroom/api/figure"
	"headroom/api/v1"
	"headroom/budget/correction"
	"headroom/slo"
)

// Why is the input of the page that tells how numbers came to be.
type Why struct {
	Frame
	ID     slo.ID
	Chains []v1.Why
}

// Why writes the page that tells how the numbers of an objective came to be.
func (p *Pages) Why(w io.Writer, in Why) error {
	return render(w, p.why, newWhyView(in))
}

type whyView struct {
	frameView
	ID, Name, Path string
	Service        string
	ServiceLink    string
	JSON           string
	Chains         []chainView
}

// chainView is a chain, with those of its parts written that the template does
// not write itself.
type chainView struct {
	v1.Why

	Labels                 []pair
	Window, Life, AsKnown  string
	Gaps                   []string
	MoreGaps               int
	Applied                []appliedView
	Remaining              string
	Tone                   string
	Checkable              bool
	GapsCount              int
	GapsTime, RecordedTime string
}

type appliedView struct {
	v1.WhyApplied

	Title, Who string
	What       string // it does
	Times      []string
	More       int
}

// maxGaps is how many gaps and intervals are listed.
const maxGaps = 5

func newWhyView(in Why) whyView {
	view := whyView{
		frameView: newFrameView(in.Frame, "How the budget of "+in.ID.Service+"/"+in.ID.Objective+" came to be", nil),
		ID:        in.ID.String(), Name: in.ID.Objective, Path: objectivePath(in.ID), Service: in.ID.Namespace + "/" + in.ID.Service,
		ServiceLink: link("/", v1.Filter{Namespace: in.ID.Namespace, Service: in.ID.Service}.Query()),
		JSON:        "/api/v1/slos/" + in.ID.String() + "/why",
	}
	for _, c := range in.Chains {
		view.Chains = append(view.Chains, newChain(c))
	}
	return view
}

func newChain(c v1.Why) chainView {
	v := chainView{
		Why: c, Labels: pairs(c.Group.Labels()), Window: second(c.Window.Start) + " to " + second(c.Window.End), Life: "has not begun",
		Tone: string(c.Verdict.State), Checkable: c.Recorded.Tile.Total != "", RecordedTime: second(c.Recorded.At),
		GapsCount: c.Gaps.Count, GapsTime: c.Gaps.Time,
	}
	if c.Window.Life != nil {
		v.Life = "began " + second(*c.Window.Life)
	}
	if c.Known != nil {
		v.AsKnown = second(*c.Known)
	}
	v.Gaps, v.MoreGaps = intervals(c.Gaps.First, c.Gaps.Count)
	for _, a := range c.Corrections {
		v.Applied = append(v.Applied, newApplied(a))
	}
	for _, s := range c.Arithmetic {
		if s.Name == "remaining" {
			v.Remaining = minus(figure.Remaining(s.Value))
		}
	}
	return v
}

func newApplied(a v1.WhyApplied) appliedView {
	v := appliedView{WhyApplied: a, Title: a.ID, Who: "declared by " + a.Author + " at " + second(a.CreatedAt)}
	if a.Name != "" {
		v.Title += " (" + a.Name + ", " + a.File + ")"
	}
	if a.ApprovedBy != "" {
		v.Who += ", approved by " + a.ApprovedBy + " at " + second(a.ApprovedAt)
	}
	if v.What = fmt.Sprintf("takes out %s bad of %s events, %s measured, %s of life", exact(a.Bad), exact(a.Total), a.Measured, a.Life); a.Kind == correction.Adjust {
		v.What = fmt.Sprintf("adds %s bad and %s events", exact(0-a.Bad), exact(0-a.Total))
	}
	v.Times, v.More = intervals(a.Intervals, a.Count)
	return v
}

func intervals(list []v1.Interval, count int) (texts []string, more int) {
	for _, i := range list[:min(len(list), maxGaps)] {
		texts = append(texts, second(i.From)+" to "+second(i.To))
	}
	return texts, count - len(texts)
}

// second writes a time as exactly as slices begin and end.
func second(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.999Z") }

// exact writes a number with all of its digits.
func exact(f float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.6f", f), "0"), ".")
}

func words(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "-", " "), "_", " ") }
