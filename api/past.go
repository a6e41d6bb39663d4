package api

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"headroom/api/auth"
	"headroom/api/v1"
	"headroom/budget"
	"headroom/slo"
)

// Ledger is what the API reads of the past. *budget.Ledger is one.
type Ledger interface {
	Objectives() []*slo.Objective
	Groups(id slo.ID) []slo.Group
	History(k budget.Key, from, to, now time.Time, points int) (budget.History, bool)
	Slices(k budget.Key, from, to time.Time) []budget.Slice
	CountedSlices(k budget.Key, from, to time.Time) []budget.CountedSlice
	Former(id slo.ID) []budget.Former
	StatusesAt(at time.Time) []budget.Status
}

var _ Ledger = (*budget.Ledger)(nil)

// maxSeriesPoints bounds the points of all groups of one answer.
const maxSeriesPoints = 20_000

func (s *service) pastRoutes() []route {
	if s.Ledger == nil {
		return nil
	}
	const objective = slosPath + "/:namespace/:service/:objective"
	return []route{
		{method: http.MethodGet, path: objective + "/history", scope: auth.Read, handler: s.getHistory},
		{method: http.MethodGet, path: objective + "/slices", scope: auth.Read, handler: s.listSlices},
		{method: http.MethodGet, path: apiPrefix + "export/slices", scope: auth.Read, handler: s.exportSlices},
		{method: http.MethodGet, path: apiPrefix + "export/balances", scope: auth.Read, handler: s.exportBalances},
	}
}

// declared finds the objective that the path names.
func (s *service) declared(c echo.Context) (*slo.Objective, error) {
	id, err := slo.ParseID(c.Param("namespace") + "/" + c.Param("service") + "/" + c.Param("objective"))
	if err != nil {
		return nil, &Error{Code: v1.CodeInvalid, Message: err.Error()}
	}
	now, err := s.snapshots.get()
	if err != nil {
		return nil, err
	}
	found, _ := now.of(id)
	if found == nil {
		return nil, now.unknown(id)
	}
	return found, nil
}

// past is what is asked about the past of one objective.
type past struct {
	objective *slo.Objective
	groups    []slo.Group
	from, to  time.Time
	query     v1.PastQuery
	page      v1.Page
}

// past reads what is asked, with the parameters that ParsePastQuery takes
// besides.
func (s *service) past(c echo.Context, query url.Values, besides ...string) (p past, err error) {
	if p.objective, err = s.declared(c); err != nil {
		return p, err
	}
	if p.query, err = v1.ParsePastQuery(query, besides...); err == nil {
		p.from, p.to, err = p.query.Interval(s.Now(), p.objective.Window.Rolling)
	}
	if err != nil {
		return p, &Error{Code: v1.CodeInvalid, Message: err.Error()}
	}
	p.groups = s.Ledger.Groups(p.objective.ID)
	if p.query.Group != nil {
		p.groups = []slo.Group{*p.query.Group}
	}
	if len(p.groups) == 0 && len(p.objective.GroupBy) == 0 {
		p.groups = []slo.Group{{}}
	}
	err = s.former(&p)
	return p, err
}

// key names the series of slices of a group that is asked about.
func (p *past) key(g slo.Group) budget.Key {
	return budget.Key{SLO: p.objective.ID, SLI: cmp.Or(p.query.SLI, p.objective.SLI()), Group: g}
}

// getHistory answers with the history of an objective, summed up for charts.
func (s *service) getHistory(c echo.Context) error {
	p, err := s.past(c, c.QueryParams(), "points", "sli")
	if err != nil {
		return err
	}
	points := p.query.Points
	if points == 0 {
		points = v1.DefaultPoints
	}
	if len(p.groups)*points > maxSeriesPoints {
		return &Error{Code: v1.CodeInvalid, Message: fmt.Sprintf("%d groups of %d points are too many: ask for fewer points, or name a group", len(p.groups), points)}
	}
	history := v1.History{ID: p.objective.ID, SLI: p.key(slo.Group{}).SLI, From: p.from.UTC(), To: p.to.UTC(), Series: []v1.Series{}}
	for _, g := range p.groups {
		h, found := s.Ledger.History(p.key(g), p.from, p.to, s.Now(), points)
		if !found || len(h.Buckets) == 0 {
			continue
		}
		history.Step = slo.FormatDuration(h.Step)
		history.From, history.To = h.Buckets[0].Start, h.Buckets[len(h.Buckets)-1].End
		history.Series = append(history.Series, v1.NewSeries(g, h))
	}
	return tagged(c, history)
}

// listSlices answers with a page of slices, by group and time.
func (s *service) listSlices(c echo.Context) error {
	query := c.QueryParams()
	page, err := v1.TakePage(query)
	if err != nil {
		return &Error{Code: v1.CodeInvalid, Message: err.Error()}
	}
	p, err := s.past(c, query, "corrected", "sli")
	if err != nil {
		return err
	}
	p.page = page
	if p.page.Limit == 0 {
		p.page.Limit = v1.MaxLimit
	}
	list, more, err := s.slices(p)
	if err != nil {
		return err
	}
	if more {
		last := list[len(list)-1]
		p.page.Cursor = v1.NewCursor(last.Group.String(), strconv.FormatInt(last.End.UnixMilli(), 10))
		c.Response().Header().Set("Link", nextLink(p.query.Query(), p.page))
	}
	return tagged(c, list)
}

// slices returns a page of slices, and whether more follow it.
func (s *service) slices(p past) (list []v1.Slice, more bool, err error) {
	list = []v1.Slice{}
	group, after, err := sliceCursor(p.page)
	if err != nil {
		return nil, false, &Error{Code: v1.CodeInvalid, Message: err.Error()}
	}
	for _, g := range p.groups {
		from := p.from
		switch {
		case p.page.Cursor == "":
		case g.String() < group:
			continue
		case g.String() == group && after.After(from):
			from = after
		}
		full := s.eachSlice(p.key(g), from, p.to, p.query.Corrected, func(sl budget.CountedSlice) bool {
			if len(list) == p.page.Limit {
				return false
			}
			list = append(list, v1.NewSlice(g, sl))
			return true
		})
		if full {
			return list, true, nil
		}
	}
	return list, false, nil
}

// former sees to the groups of an indicator that the objective had before.
func (s *service) former(p *past) error {
	if p.query.SLI == "" || p.query.SLI == p.objective.SLI() {
		return nil
	}
	for _, f := range s.Ledger.Former(p.objective.ID) {
		if f.SLI == p.query.SLI {
			if p.query.Group == nil {
				p.groups = f.Groups
			}
			return nil
		}
	}
	return invalid(fmt.Errorf("parameter sli: nothing of %q is kept for this objective", p.query.SLI))
}

func sliceCursor(page v1.Page) (group string, after time.Time, err error) {
	parts, err := page.Parts(2)
	if err != nil || parts == nil {
		return "", time.Time{}, err
	}
	ms, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("parameter cursor: %w", err)
	}
	return parts[0], time.UnixMilli(ms), nil
}

// eachSlice gives the slices of one series in order of time until use returns
// false, which it reports. It reads a day at a time, so that a page or a client
// that goes away costs no more than it takes.
func (s *service) eachSlice(k budget.Key, from, to time.Time, corrected bool, use func(budget.CountedSlice) bool) (stopped bool) {
	read := s.wholeSlices
	if corrected {
		read = s.Ledger.CountedSlices
	}
	for from.Before(to) {
		until := from.Add(24 * time.Hour)
		if until.After(to) {
			until = to
		}
		for _, sl := range read(k, from, until) {
			if !use(sl) {
				return true
			}
		}
		from = until
	}
	return false
}

// wholeSlices returns slices as they were measured.
func (s *service) wholeSlices(k budget.Key, from, to time.Time) []budget.CountedSlice {
	list := s.Ledger.Slices(k, from, to)
	whole := make([]budget.CountedSlice, len(list))
	for i, sl := range list {
		whole[i] = budget.CountedSlice{Slice: sl, Counted: time.Duration(sl.End-sl.Start) * time.Millisecond}
	}
	return whole
}
