package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/labstack/echo/v4"

	"headroom/api/auth"
	"headroom/api/v1"
	"headroom/budget"
	"headroom/budget/gate"
	"headroom/slo"
)

// Gate says whether something may be released. *gate.Gate is one.
type Gate interface {
	// Ask answers a question as of now. Its error may be a
	// *gate.UnknownServiceError.
	Ask(ctx context.Context, q gate.Question) (gate.Answer, error)
	// Decisions returns what was answered, the latest first.
	Decisions(ctx context.Context, q gate.Query) ([]gate.Record, error)
	// Freezes returns the policies that hold releases because of a budget.
	Freezes(s budget.Status) []gate.Freeze
}

var _ Gate = (*gate.Gate)(nil)

// Bounds and defaults of what the gate is asked.
const (
	defaultEnvironment = "production"
	maxEnvironment     = 255
	defaultDecisions   = 100
)

func (s *service) gateRoutes() []route {
	if s.Gate == nil {
		return nil
	}
	return []route{
		{method: http.MethodGet, path: apiPrefix + "gate/:namespace/:service", scope: open, handler: s.maySeeTheGate(s.askGate)},
		{method: http.MethodGet, path: apiPrefix + "decisions", scope: auth.Read, handler: s.listDecisions},
	}
}

// maySeeTheGate identifies who asks. Where reading needs a token, one that may
// decide or claim exempt changes will do.
func (s *service) maySeeTheGate(next echo.HandlerFunc) echo.HandlerFunc {
	return s.Tokens.Identified(func(c echo.Context) error {
		who := auth.Of(c.Request().Context())
		if !s.TokenToRead || who.May(auth.Decide) || who.May(auth.Exempt) {
			return next(c)
		}
		return s.Tokens.Require(auth.Read)(next)(c)
	})
}

func (s *service) askGate(c echo.Context) error {
	question, err := gateQuestion(c)
	if err != nil {
		return &Error{Code: v1.CodeInvalid, Message: err.Error()}
	}
	if err := s.Ready(); err != nil {
		return &Error{Code: v1.CodeNotReady, Message: "not ready: " + err.Error()}
	}
	formerly, err := s.findFormer(&question)
	if err != nil {
		return err
	}
	if question.Exempt, err = s.mayExempt(c, question); err != nil {
		return err
	}
	answer, err := s.Gate.Ask(c.Request().Context(), question)
	var unknown *gate.UnknownServiceError
	if errors.As(err, &unknown) {
		return &Error{Code: v1.CodeNotFound, Message: err.Error()}
	}
	if err != nil {
		return err
	}
	answer.Formerly = formerly
	return c.JSON(http.StatusOK, answer)
}

// findFormer makes a question about a service that is gone, and whose objectives
// went on in another, one about that, and returns the one that is gone.
func (s *service) findFormer(q *gate.Question) (formerly string, err error) {
	now, err := s.snapshots.get()
	if err != nil {
		return "", err
	}
	asked := q.Namespace + "/" + q.Service
	switch is := now.servicesOf(q.Namespace, q.Service); {
	case len(is) == 0 || slices.Contains(is, asked):
		return "", nil
	case len(is) > 1:
		return "", &Error{Code: v1.CodeNotFound, Message: fmt.Sprintf("no service %s is declared: its objectives are in %s now", asked, strings.Join(is, ", "))}
	default:
		q.Namespace, q.Service, err = slo.ParseService(is[0])
		return asked, err
	}
}

// mayExempt reports whether who asks may claim a change that passes a freeze of
// the service: a token that is bound to owners may for their objectives alone.
func (s *service) mayExempt(c echo.Context, q gate.Question) (bool, error) {
	who := auth.Of(c.Request().Context())
	if !q.Exempt || len(who.Owners()) == 0 {
		return q.Exempt, nil
	}
	now, err := s.snapshots.get()
	if err != nil {
		return false, err
	}
	for _, status := range now.slos {
		if status.ID.Namespace == q.Namespace && status.ID.Service == q.Service && !who.Owns(status.Owner) {
			return false, nil
		}
	}
	return true, nil
}

func gateQuestion(c echo.Context) (gate.Question, error) {
	who := auth.Of(c.Request().Context())
	q := gate.Question{
		Namespace: c.Param("namespace"), Service: c.Param("service"), Environment: defaultEnvironment,
		Caller: who.Name, Exempt: who.May(auth.Exempt), Unrecorded: c.Request().Method == http.MethodHead,
	}
	if _, _, err := slo.ParseService(q.Namespace + "/" + q.Service); err != nil {
		return q, err
	}
	given, err := parameters(c.QueryParams(), "environment", "change")
	if err != nil {
		return q, err
	}
	if environment, found := given["environment"]; found {
		q.Environment = environment
	}
	if !validEnvironment(q.Environment) {
		return q, fmt.Errorf("parameter environment: %q names no environment", q.Environment)
	}
	q.Change, err = gate.ParseChange(given["change"])
	if err != nil {
		return q, fmt.Errorf("parameter %w", err)
	}
	return q, nil
}

func validEnvironment(name string) bool {
	return name != "" && len([]rune(name)) <= maxEnvironment && strings.TrimSpace(name) == name &&
		strings.IndexFunc(name, unicode.IsControl) < 0
}

// parameters reads query parameters that may each be given once. One that is
// not known is an error: a mistyped change must not be taken for a feature.
func parameters(query url.Values, known ...string) (map[string]string, error) {
	given := map[string]string{}
	for name, values := range query {
		found := false
		for _, k := range known {
			found = found || k == name
		}
		if !found {
			return nil, fmt.Errorf("parameter %q is not known: use %s", name, strings.Join(known, " and "))
		}
		if len(values) > 1 {
			return nil, fmt.Errorf("parameter %q is given %d times: give it once", name, len(values))
		}
		given[name] = values[0]
	}
	return given, nil
}

func (s *service) listDecisions(c echo.Context) error {
	query, err := decisionQuery(c.QueryParams())
	if err != nil {
		return &Error{Code: v1.CodeInvalid, Message: err.Error()}
	}
	list, err := s.Gate.Decisions(c.Request().Context(), query)
	if err != nil {
		return err
	}
	if list == nil {
		list = []gate.Record{}
	}
	if limit := query.Limit - 1; len(list) > limit {
		list = list[:limit]
		last, rest := list[limit-1], url.Values{}
		if query.Service != "" {
			rest.Set("service", query.Service)
		}
		c.Response().Header().Set("Link", nextLink(rest, v1.Page{
			Limit: limit, Cursor: v1.NewCursor(strconv.FormatInt(last.LastAt.UnixMilli(), 10), last.ID),
		}))
	}
	return tagged(c, list)
}

// decisionQuery asks for one more than a page has, which tells whether there is
// another.
func decisionQuery(values url.Values) (q gate.Query, err error) {
	page, err := v1.TakePage(values)
	if err != nil {
		return q, err
	}
	q.Limit = cmp.Or(page.Limit, defaultDecisions) + 1
	if q.After, err = decisionCursor(page); err != nil {
		return q, err
	}
	given, err := parameters(values, "service")
	if err != nil {
		return q, err
	}
	if service, found := given["service"]; found {
		namespace, name, err := slo.ParseService(service)
		if err != nil {
			return q, fmt.Errorf("parameter %w", err)
		}
		q.Service = namespace + "/" + name
	}
	return q, nil
}

// decisionCursor reads where the page before ended; nil for the first.
func decisionCursor(page v1.Page) (*gate.Place, error) {
	parts, err := page.Parts(2)
	if err != nil || parts == nil {
		return nil, err
	}
	last, err := strconv.ParseInt(parts[0], 10, 64)
	if err == nil {
		_, err = strconv.ParseInt(parts[1], 10, 64)
	}
	if err != nil {
		return nil, fmt.Errorf("parameter cursor: %q is not one that an answer gave", page.Cursor)
	}
	return &gate.Place{LastAt: time.UnixMilli(last), ID: parts[1]}, nil
}

// freezes returns the policies that hold releases because of a budget.
func (s *service) freezes(status budget.Status) []v1.Freeze {
	if s.Gate == nil {
		return nil
	}
	return s.Gate.Freezes(status)
}
