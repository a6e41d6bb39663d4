package web

import (
	"fmt"
	"time"

	"headroom/api/figure"
	"headroom/api/v1"
	"headroom/budget/past"
	"headroom/slo"
)

// windowsView are the past windows of one group.
type windowsView struct {
	Group []pair
	List  []windowView
}

// windowView is one of the consecutive windows, all of its figures written.
type windowView struct {
	From, To, Verdict, Tone string
	Left, Errors, Measured  string
	Notes                   []string
}

func newWindows(all []v1.Windows) []windowsView {
	var views []windowsView
	for _, g := range all {
		if len(g.Windows) == 0 {
			continue
		}
		view := windowsView{Group: pairs(g.Group.Labels())}
		for _, w := range g.Windows {
			view.List = append(view.List, newWindow(w))
		}
		views = append(views, view)
	}
	return views
}

func newWindow(w v1.Window) windowView {
	v := windowView{
		From: dayOf(w.Start), To: dayOf(w.End.Add(-time.Second)),
		Verdict: string(w.Verdict),
		Left:    minus(figure.Remaining(w.Remaining)), Errors: figure.Share(w.ErrorRatio), Measured: figure.Share(floor(w.Coverage)),
	}
	if !wholeDays(w) {
		v.From, v.To = w.Start.UTC().Format(moment), w.End.UTC().Format(moment)
	}
	switch w.Verdict {
	case past.Met:
		v.Tone = "sure"
	case past.Missed:
		v.Tone = "held"
	case past.Unknown:
		v.Tone = "unsure"
	}
	if w.Running {
		v.Notes = append(v.Notes, "goes on")
	}
	if w.Partial {
		v.Notes = append(v.Notes, "its life began in it")
	}
	if w.Corrected {
		v.Notes = append(v.Notes, "corrected")
	}
	return v
}

// wholeDays reports whether a window lasts from day to day.
func wholeDays(w v1.Window) bool {
	const day = 24 * time.Hour
	return w.Start.Equal(w.Start.Truncate(day)) && w.End.Equal(w.End.Truncate(day))
}

// floor rounds a ratio down to tenths of a percent, so that what was not
// measured does not vanish.
func floor(ratio *float64) *float64 {
	if ratio == nil {
		return nil
	}
	down := float64(int(*ratio*1000+1e-6)) / 1000
	return &down
}

func dayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// Correction is one that is told on the page of an objective.
type Correction struct {
	v1.Correction

	Intervals []v1.Interval // those that touch the window, in order of time
	Waits     bool          // it does not count for the objective until somebody approves it
}

// correctionView is a correction, all of it written.
type correctionView struct {
	ID, Name, Category, Reason string
	Does                       string   // "excludes" or what it adds
	Times                      []string // the latest first
	More                       int      // times that are not shown
	Who                        string
	Pending                    bool
}

// maxTimes is how many intervals of a correction a page shows.
const maxTimes = 3

func newCorrections(list []Correction) []correctionView {
	views := make([]correctionView, 0, len(list))
	for _, c := range list {
		v := correctionView{
			ID: c.ID, Name: c.Name, Category: words(c.Category), Reason: c.Reason, Does: "excludes",
			Who: "by " + c.Author, Pending: c.Waits,
		}
		if a := c.Adjust; a != nil {
			v.Does = fmt.Sprintf("adds %s bad and %s events", signed(a.Bad), signed(a.Total))
		}
		if c.ApprovedBy != "" {
			v.Who += ", approved by " + c.ApprovedBy
		}
		for i := len(c.Intervals) - 1; i >= 0 && len(v.Times) < maxTimes; i-- {
			v.Times = append(v.Times, interval(c.Intervals[i]))
		}
		v.More = len(c.Intervals) - len(v.Times)
		views = append(views, v)
	}
	return views
}

func signed(events float64) string {
	if events < 0 {
		events = -events
		return "−" + figure.Count(&events)
	}
	return "+" + figure.Count(&events)
}

func interval(i v1.Interval) string {
	from, to := i.From.UTC(), i.To.UTC()
	switch {
	case from.Equal(to):
		return from.Format(moment)
	case from.Format(time.DateOnly) == to.Format(time.DateOnly):
		return from.Format("2006-01-02 15:04") + " to " + to.Format("15:04Z")
	default:
		return from.Format(moment) + " to " + to.Format(moment)
	}
}

// mended is what corrections made of the budget of one group.
type mended struct {
	Group    []pair
	From, To string // what would be left, and what is
	Tone     string
}

func newMended(statuses []v1.SLO) []mended {
	var all []mended
	for _, s := range statuses {
		if s.Corrected && s.Raw != nil {
			all = append(all, mended{
				Group: pairs(s.Group.Labels()), Tone: tone(s),
				From: minus(figure.Remaining(s.Raw.Budget.Remaining)), To: minus(figure.Remaining(s.Budget.Remaining)),
			})
		}
	}
	return all
}

// pagesOf are the paths of the pages about an objective.
func pagesOf(id slo.ID) (why, attribution string) {
	return objectivePath(id) + "/why", objectivePath(id) + "/attribution"
}
