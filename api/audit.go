package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"headroom/api/auth"
	"headroom/api/v1"
	"headroom/budget/audit"
)

// Auditor keeps who changed what. *audit.Keeper is one.
type Auditor interface {
	// Record keeps an entry; it is durable when it returns, unless it is one that
	// is counted with others.
	Record(ctx context.Context, e audit.Entry)
	// List returns the selected entries, the latest first.
	List(ctx context.Context, q audit.Query) ([]audit.Entry, error)
}

var _ Auditor = (*audit.Keeper)(nil)

func (s *service) auditRoutes() []route {
	if s.Audit == nil {
		return nil
	}
	// Who may do what is for those who are known, also where all else is open.
	return []route{{method: http.MethodGet, path: apiPrefix + "audit", scope: open, handler: s.Tokens.Require(auth.Read)(s.listAudit)}}
}

func (s *service) listAudit(c echo.Context) error {
	query, err := v1.ParseAuditQuery(c.QueryParams())
	if err != nil {
		return invalid(err)
	}
	selection, err := query.Select()
	if err != nil {
		return invalid(err)
	}
	found, err := s.Audit.List(c.Request().Context(), selection)
	if err != nil {
		return err
	}
	if len(found) > query.Page.Limit {
		found = found[:query.Page.Limit]
		next := query.Page
		next.Cursor = v1.NewCursor(strconv.FormatInt(found[len(found)-1].ID, 10))
		query.Page = v1.Page{}
		c.Response().Header().Set("Link", nextLink(query.Query(), next))
	}
	list := make([]v1.AuditEntry, len(found))
	for i, e := range found {
		list[i] = v1.NewAuditEntry(e)
	}
	return c.JSON(http.StatusOK, list)
}

// auditKey is where a handler says what it changes.
const auditKey = "headroom.audit"

// nothing stands at auditKey when there is nothing to keep.
type nothing struct{}

// settled says that nothing is left to be kept of a request: nothing was
// changed, or the entry was written together with the change.
func settled(c echo.Context) { c.Set(auditKey, nothing{}) }

// about notes what a request changes; the actor is left to audited unless it is
// given.
func about(c echo.Context, subject, details string) {
	c.Set(auditKey, audit.Entry{Subject: subject, Details: details})
}

// audited keeps who does what a handler does, unless the handler settles it: when
// it succeeds before the answer is sent, so that what was acknowledged is kept,
// too.
func (s *service) audited(action audit.Action, next echo.HandlerFunc) echo.HandlerFunc {
	if s.Audit == nil {
		return next
	}
	return func(c echo.Context) error {
		kept := false
		keep := func(outcome audit.Outcome, why string) {
			if _, none := c.Get(auditKey).(nothing); none || kept {
				return
			}
			kept = true
			e, _ := c.Get(auditKey).(audit.Entry) // absent: the handler did not come so far
			e.Action, e.Outcome = action, outcome
			if e.Actor == "" {
				e.Actor = auth.Of(c.Request().Context()).Name
			}
			if id := c.Param("id"); e.Subject == "" && e.Actor != "" && id != "" {
				e.Subject = "correction " + id
			}
			if why != "" {
				e.Details = why
			}
			s.Audit.Record(c.Request().Context(), e)
		}
		c.Response().Before(func() { keep(audit.Done, "") })
		err := next(c)
		if err != nil {
			outcome, why := outcomeOf(err)
			keep(outcome, why)
		}
		return err
	}
}

// outcomeOf tells who is at fault that something was not done.
func outcomeOf(err error) (audit.Outcome, string) {
	var edge *Error
	var refusal *auth.Error
	switch {
	case errors.As(err, &refusal):
		return audit.Refused, refusal.Message
	case errors.As(err, &edge) && edge.Code != v1.CodeInternal && edge.Code != v1.CodeUnavailable:
		return audit.Refused, edge.Message
	case errors.As(err, &edge):
		return audit.Failed, edge.Message
	default:
		return audit.Failed, "headroom made an error; its log says which"
	}
}
