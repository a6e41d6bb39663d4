package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"headroom/api/auth"
	"headroom/api/v1"
	"headroom/budget/audit"
	"headroom/budget/correction"
	"headroom/slo"
)

// Corrections keeps what does not count in error budgets, each change with its
// entry of the audit. Errors of its methods
// may be correction.ErrNotFound, correction.Faults or a *correction.Refusal.
type Corrections interface {
	List() []correction.Correction // the oldest first
	Get(id string) (correction.Correction, error)
	History(ctx context.Context, id string) ([]correction.Entry, error)
	// Selected returns the declared objectives that a correction is about.
	Selected(t *correction.Terms) []*slo.Objective
	// Propose returns the correction that Add would add.
	Propose(d correction.Draft, who string, owners ...string) (correction.Correction, error)
	// Add adds one; with owners it is about their objectives alone.
	Add(ctx context.Context, d correction.Draft, who string, owners ...string) (correction.Correction, error)
	Approve(ctx context.Context, id, who string) (correction.Correction, error)
	Revoke(ctx context.Context, id, who, reason string) (correction.Correction, error)
	// RevokingNeedsTwo reports whether only somebody who may approve revokes it.
	RevokingNeedsTwo(c *correction.Correction) bool
	// Warnings says what about a correction is likely not meant so; never nil.
	Warnings(c *correction.Correction) []string
	// Effects returns what it makes of the balances when a correction counts,
	// or no longer does.
	Effects(c correction.Correction, counts bool) []correction.Effect
}

const (
	correctionsPath   = apiPrefix + "corrections"
	maxCorrectionBody = 256 << 10
)

func (s *service) correctionRoutes() []route {
	if s.Corrections == nil {
		return nil
	}
	return []route{
		{method: http.MethodGet, path: correctionsPath, scope: auth.Read, handler: s.listCorrections},
		{method: http.MethodGet, path: correctionsPath + "/:id", scope: auth.Read, handler: s.getCorrection},
		{method: http.MethodPost, path: correctionsPath, scope: auth.Correct, handler: s.addCorrection, action: audit.CorrectionAdd, ownBody: true},
		{method: http.MethodPost, path: correctionsPath + "/preview", scope: open, handler: s.Tokens.Identified(s.previewCorrection), ownBody: true},
		{method: http.MethodPost, path: correctionsPath + "/:id/approve", scope: auth.Approve, handler: s.approveCorrection, action: audit.CorrectionApprove},
		{method: http.MethodPost, path: correctionsPath + "/:id/revoke", scope: auth.Correct, handler: s.revokeCorrection, action: audit.CorrectionRevoke, ownBody: true},
	}
}

func (s *service) listCorrections(c echo.Context) error {
	query := c.QueryParams()
	page, err := v1.TakePage(query)
	if err != nil {
		return invalid(err)
	}
	given, err := parameters(query, "state", "slo")
	if err != nil {
		return invalid(err)
	}
	state := correction.State(given["state"])
	if state != "" && !slices.Contains(correction.States(), state) {
		return &Error{Code: v1.CodeInvalid, Message: "parameter state: use pending, in_force or revoked"}
	}
	var id slo.ID
	if text := given["slo"]; text != "" {
		if id, err = slo.ParseID(text); err != nil {
			return &Error{Code: v1.CodeInvalid, Message: "parameter slo: " + err.Error()}
		}
	}
	list := []v1.Correction{}
	for _, found := range s.Corrections.List() {
		if (state == "" || found.State() == state) && (id == slo.ID{} || s.concerns(&found.Terms, id)) {
			list = append(list, v1.NewCorrection(found, s.Now()))
		}
	}
	if list, err = pageOfCorrections(c, list, query, page); err != nil {
		return err
	}
	return tagged(c, list)
}

// pageOfCorrections returns those of a page, with a link to the next one.
// Corrections are in the order of their ids, which are numbers.
func pageOfCorrections(c echo.Context, list []v1.Correction, query url.Values, page v1.Page) ([]v1.Correction, error) {
	parts, err := page.Parts(1)
	if err != nil {
		return nil, invalid(err)
	}
	if parts != nil {
		last, err := strconv.ParseInt(parts[0], 10, 64)
		if err != nil {
			return nil, invalid(fmt.Errorf("parameter cursor: %q is not one that an answer gave", page.Cursor))
		}
		for len(list) > 0 {
			if id, err := strconv.ParseInt(list[0].ID, 10, 64); err != nil || id > last {
				break
			}
			list = list[1:]
		}
	}
	if page.Limit == 0 {
		page.Limit = v1.MaxLimit
	}
	if len(list) > page.Limit {
		list = list[:page.Limit]
		page.Cursor = v1.NewCursor(list[page.Limit-1].ID)
		c.Response().Header().Set("Link", nextLink(query, page))
	}
	return list, nil
}

// concerns reports whether terms are about the objective that has an id or had it
// formerly.
func (s *service) concerns(t *correction.Terms, id slo.ID) bool {
	return slices.ContainsFunc(s.Corrections.Selected(t), func(o *slo.Objective) bool { return o.ID == id || slices.Contains(o.Formerly, id) })
}

func (s *service) selected(t *correction.Terms) []slo.ID {
	ids := []slo.ID{}
	for _, o := range s.Corrections.Selected(t) {
		ids = append(ids, o.ID)
	}
	return ids
}

func (s *service) withheld(found *correction.Correction) []slo.ID {
	ids := []slo.ID{}
	for _, o := range s.Corrections.Selected(&found.Terms) {
		if found.Withheld(o) {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

func (s *service) getCorrection(c echo.Context) error {
	found, err := s.Corrections.Get(c.Param("id"))
	if err != nil {
		return correctionError(err)
	}
	history, err := s.Corrections.History(c.Request().Context(), found.ID)
	if err != nil {
		return correctionError(err)
	}
	return c.JSON(http.StatusOK, v1.CorrectionDetail{
		Correction: v1.NewCorrection(found, s.Now()), Selected: s.selected(&found.Terms), DeclaredFor: found.DeclaredFor, Withheld: s.withheld(&found), History: append([]v1.CorrectionEntry{}, history...),
	})
}

// previewCorrection changes nothing: it says what a change would. It is for
// those who may correct or approve, since expanding a recurrence takes time.
func (s *service) previewCorrection(c echo.Context) error {
	if who := auth.Of(c.Request().Context()); !who.May(auth.Approve) {
		if err := s.Tokens.Require(auth.Correct)(func(echo.Context) error { return nil })(c); err != nil {
			return err
		}
	}
	var change v1.CorrectionChange
	if err := readJSON(c, maxCorrectionBody, &change); err != nil {
		return err
	}
	if err := s.correctable(); err != nil {
		return err
	}
	found, counts, err := s.proposed(c, change)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, v1.CorrectionPreview{
		Correction: v1.NewCorrection(found, s.Now()), Selected: s.selected(&found.Terms),
		Effects:  append([]v1.CorrectionEffect{}, s.Corrections.Effects(found, counts)...),
		Warnings: s.warnings(&found, counts),
	})
}

// warnings are of what is to count: nobody minds them in what is taken back.
func (s *service) warnings(c *correction.Correction, counts bool) []string {
	if !counts {
		return []string{}
	}
	return s.Corrections.Warnings(c)
}

func (s *service) proposed(c echo.Context, change v1.CorrectionChange) (found correction.Correction, counts bool, err error) {
	id := change.Approve + change.Revoke
	switch {
	case change.Add != nil && id == "":
		found, err = s.propose(c, *change.Add)
		return found, true, err
	case change.Add != nil || id == "" || change.Approve != "" && change.Revoke != "":
		return found, false, &Error{Code: v1.CodeInvalid, Message: "say one of add, approve and revoke"}
	}
	if found, err = s.Corrections.Get(id); err != nil {
		return found, false, correctionError(err)
	}
	return found, change.Approve != "", nil
}

// correctable demands that it is known which objectives there are: what a
// correction or a note is about could not be told otherwise.
func (s *service) correctable() error {
	if err := s.Ready(); err != nil {
		return &Error{Code: v1.CodeNotReady, Message: "not ready: " + err.Error()}
	}
	return nil
}

func (s *service) addCorrection(c echo.Context) error {
	var draft v1.CorrectionDraft
	if err := readJSON(c, maxCorrectionBody, &draft); err != nil {
		return err
	}
	if err := s.correctable(); err != nil {
		return err
	}
	if _, err := s.propose(c, draft); err != nil {
		return err
	}
	who := auth.Of(c.Request().Context())
	added, err := s.Corrections.Add(c.Request().Context(), draft, who.Name, who.Owners()...)
	return s.answerCorrection(c, added, err)
}

// propose returns the correction that a draft declares, when who asks may
// declare it.
func (s *service) propose(c echo.Context, draft v1.CorrectionDraft) (correction.Correction, error) {
	who := auth.Of(c.Request().Context())
	proposed, err := s.Corrections.Propose(draft, who.Name, who.Owners()...)
	if err != nil {
		return proposed, correctionError(err)
	}
	about(c, "correction", proposed.String())
	wish := proposed.Terms // what it says, and not what is left of it within who's owners
	wish.Objectives.Bound = nil
	return proposed, mayChange(c, s.Corrections.Selected(&wish)...)
}

func (s *service) approveCorrection(c echo.Context) error {
	id, err := s.concernsOwn(c)
	if err != nil {
		return err
	}
	if err := s.staysWithin(c, id); err != nil {
		return err
	}
	approved, err := s.Corrections.Approve(c.Request().Context(), id, auth.Of(c.Request().Context()).Name)
	return s.answerCorrection(c, approved, err)
}

func (s *service) revokeCorrection(c echo.Context) error {
	var revocation v1.CorrectionRevocation
	if err := readJSON(c, maxCorrectionBody, &revocation); err != nil {
		return err
	}
	id, err := s.concernsOwn(c)
	if err != nil {
		return err
	}
	if found, err := s.Corrections.Get(id); err == nil && s.Corrections.RevokingNeedsTwo(&found) {
		if err := s.Tokens.Require(auth.Approve)(func(echo.Context) error { return nil })(c); err != nil {
			return err
		}
	}
	revoked, err := s.Corrections.Revoke(c.Request().Context(), id, auth.Of(c.Request().Context()).Name, revocation.Reason)
	return s.answerCorrection(c, revoked, err)
}

// concernsOwn returns the id of the path when who asks may change what the
// correction is about.
func (s *service) concernsOwn(c echo.Context) (id string, err error) {
	if err := s.correctable(); err != nil {
		return "", err
	}
	found, err := s.Corrections.Get(c.Param("id"))
	if err != nil {
		return "", correctionError(err)
	}
	about(c, "correction "+found.ID, found.String())
	return found.ID, mayChange(c, s.Corrections.Selected(&found.Terms)...)
}

// staysWithin demands of a token that is bound to owners that what it approves
// cannot come to be about objectives of others: labels and namespaces are theirs
// to declare, too.
func (s *service) staysWithin(c echo.Context, id string) error {
	who := auth.Of(c.Request().Context())
	found, err := s.Corrections.Get(id)
	if err != nil {
		return correctionError(err)
	}
	within := func(owners []string) bool {
		return len(owners) > 0 && !slices.ContainsFunc(owners, func(owner string) bool { return !who.Owns(owner) })
	}
	about := found.Terms.Objectives
	if len(who.Owners()) == 0 || len(about.IDs)+len(about.Services) > 0 || within(about.Owners) || within(found.Owners) {
		return nil
	}
	return &Error{Code: v1.CodeForbidden, Message: fmt.Sprintf(
		"correction %s may come to be about objectives of other owners, and the token %s is bound to %s: it is for somebody who is not, or it must name the owners", id, who.Name, strings.Join(who.Owners(), ", "))}
}

func (s *service) answerCorrection(c echo.Context, done correction.Correction, err error) error {
	if err != nil {
		return correctionError(err)
	}
	settled(c)
	return c.JSON(http.StatusOK, v1.NewCorrection(done, s.Now()))
}

// correctionError says at the edge what package correction refuses.
func correctionError(err error) error {
	var faults correction.Faults
	var refusal *correction.Refusal
	switch {
	case errors.Is(err, correction.ErrNotFound):
		return &Error{Code: v1.CodeNotFound, Message: err.Error()}
	case errors.As(err, &faults):
		edge := &Error{Code: v1.CodeInvalid, Message: "the correction cannot be: " + err.Error()}
		for _, f := range faults {
			edge.Details = append(edge.Details, strings.TrimSpace(f.Error()))
		}
		return edge
	case errors.As(err, &refusal) && refusal.Forbidden:
		return &Error{Code: v1.CodeForbidden, Message: refusal.Message}
	case errors.As(err, &refusal) && refusal.Conflict:
		return &Error{Code: v1.CodeConflict, Message: refusal.Message}
	case errors.As(err, &refusal):
		return &Error{Code: v1.CodeInvalid, Message: refusal.Message}
	default:
		return &Error{Code: v1.CodeUnavailable, Message: "nothing was changed, since headroom could not store it: try again later", Cause: err}
	}
}
