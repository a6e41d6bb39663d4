package web

import (
	"fmt"
	"strings"
	"time"

	"headroom/api/figure"
	"headroom/api/v1"
)

// The chart of a budget, in units of its view box. It is as wide as the page,
// so that one unit across is another length than one unit up.
const (
	chartWidth  = 1000
	chartHeight = 160
)

// chartView draws how much of a budget was left, as paths.
type chartView struct {
	Group      []pair
	Width      int
	Height     int
	Lines      []string // "M0,10L5,12": one for each stretch that is known
	Areas      []string // the same, down to nothing left
	Zero       string   // y of nothing left
	Unmeasured []band
	Corrected  []band
	Incidents  []band
	Happened   []mark
	Top        string // what the upper edge is, in percent
	Bottom     string // what the lower edge is
	From, To   string
	Text       string // what it shows, for who cannot see it
}

type band struct{ X, Width string }

type mark struct{ X, Text string }

type chart struct {
	from, to  time.Time
	low, high float64
}

func (c chart) x(t time.Time) float64 {
	return chartWidth * min(1, max(0, float64(t.Sub(c.from))/float64(c.to.Sub(c.from))))
}

func (c chart) y(remaining float64) float64 {
	return chartHeight * (c.high - max(c.low, min(c.high, remaining))) / (c.high - c.low)
}

func unit(f float64) string { return fmt.Sprintf("%.1f", f) }

// lowest is what a chart shows at least: a budget that is overspent a hundred
// times would be a line at the top otherwise.
const lowest = -2

// newChart draws a series up to now; nil when nothing is known of it.
func newChart(s v1.Series, e Explanation, now time.Time) *chartView {
	points := s.Points
	if len(points) < 2 {
		return nil
	}
	c := chart{from: points[0].Start, to: points[len(points)-1].End, low: 0, high: 1}
	if c.to.After(now) && now.After(c.from) {
		c.to = now // the last point is not over
	}
	known := 0
	for _, p := range points {
		if p.Remaining != nil {
			known++
			c.low = max(lowest, min(c.low, *p.Remaining))
		}
	}
	if known < 2 {
		return nil
	}
	v := &chartView{
		Group: pairs(s.Group.Labels()), Width: chartWidth, Height: chartHeight, Zero: unit(c.y(0)),
		Top: "100%", Bottom: minus(fmt.Sprintf("%.0f%%", 100*c.low)), From: c.from.UTC().Format(moment), To: c.to.UTC().Format(moment),
	}
	c.draw(v, points)
	for _, g := range e.Incidents {
		if g.Group == s.Group {
			for _, in := range g.Incidents {
				v.Incidents = append(v.Incidents, c.band(in.Start, in.End))
			}
		}
	}
	for _, one := range e.Corrections {
		for _, i := range one.Intervals {
			if one.ApprovedAt != nil && i.To.After(c.from) && i.From.Before(c.to) {
				v.Corrected = append(v.Corrected, c.band(i.From, i.To))
			}
		}
	}
	for _, a := range e.Annotations {
		if !a.Start.Before(c.from) && a.Start.Before(c.to) {
			v.Happened = append(v.Happened, mark{unit(c.x(a.Start)), a.Start.UTC().Format(moment) + " " + a.Text})
		}
	}
	first, last := firstKnown(points), lastKnown(points)
	v.Text = fmt.Sprintf("How much of the budget was left: %s at first, %s at last.", minus(figure.Remaining(first)), minus(figure.Remaining(last)))
	return v
}

// least is how wide a band is at least, so that short ones are seen.
const least = 3

func (c chart) band(from, to time.Time) band {
	x := c.x(from)
	return band{unit(min(x, chartWidth-least)), unit(max(least, c.x(to)-x))}
}

// hardly is the measured share of a point below which it is drawn as a gap.
const hardly = 0.5

// draw draws the stretches that are known, and where nothing was measured.
func (c chart) draw(v *chartView, points []v1.Point) {
	var line strings.Builder
	begin, end := 0.0, 0.0
	var gap v1.Interval
	endGap := func() {
		if !gap.From.IsZero() {
			v.Unmeasured = append(v.Unmeasured, c.band(gap.From, gap.To))
		}
		gap = v1.Interval{}
	}
	stop := func() {
		if line.Len() > 0 {
			v.Lines = append(v.Lines, line.String())
			v.Areas = append(v.Areas, fmt.Sprintf("M%s,%sL%sL%s,%sZ", unit(begin), v.Zero, line.String()[1:], unit(end), v.Zero))
		}
		line.Reset()
	}
	for _, p := range points {
		switch {
		case p.Measured == nil || *p.Measured >= hardly: // no life in it, or measured
			endGap()
		case gap.From.IsZero():
			gap = v1.Interval{From: p.Start, To: p.End}
		default:
			gap.To = p.End
		}
		if p.Remaining == nil {
			stop()
			continue
		}
		x, letter := c.x(p.End), "L"
		if line.Len() == 0 {
			begin, letter = x, "M"
		}
		end = x
		line.WriteString(letter + unit(x) + "," + unit(c.y(*p.Remaining)))
	}
	stop()
	endGap()
}

func firstKnown(points []v1.Point) *float64 {
	for _, p := range points {
		if p.Remaining != nil {
			return p.Remaining
		}
	}
	return nil
}

func lastKnown(points []v1.Point) *float64 {
	for i := len(points) - 1; i >= 0; i-- {
		if points[i].Remaining != nil {
			return points[i].Remaining
		}
	}
	return nil
}
