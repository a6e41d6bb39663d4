package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"headroom/api/auth"
	"headroom/api/v1"
	"headroom/budget/annotation"
	"headroom/budget/audit"
	"headroom/slo"
)

// Notes takes what people note. When SaveNote returns no error the note is
// durable, and so is its entry of the audit.
type Notes interface {
	SaveNote(ctx context.Context, a annotation.Annotation, now time.Time) (annotation.Annotation, error)
}

const (
	annotationsPath = apiPrefix + "annotations"
	maxNoteBody     = 16 << 10
)

// defaultAnnotationSpan is what annotations are listed of, unless a time is
// asked for.
const defaultAnnotationSpan = 28 * 24 * time.Hour

func (s *service) noteRoutes() []route {
	if s.Notes == nil || s.Insight == nil {
		return nil
	}
	return []route{{method: http.MethodPost, path: annotationsPath, scope: auth.Annotate, handler: s.addNote, action: audit.NoteAdd, ownBody: true}}
}

func (s *service) listAnnotations(c echo.Context) error {
	query, err := v1.ParseAnnotationQuery(c.QueryParams())
	if err != nil {
		return invalid(err)
	}
	from, to, err := query.Around(s.Now(), defaultAnnotationSpan)
	if err != nil {
		return invalid(err)
	}
	q := annotation.Query{Service: query.Service, From: from, To: to, Kinds: query.Kinds, Limit: query.Limit + 1}
	if q.After, err = query.After(); err != nil {
		return invalid(err)
	}
	if query.Objective != "" {
		id, err := slo.ParseID(query.Service + "/" + query.Objective)
		if err != nil {
			return invalid(err)
		}
		if q.Objective = s.Insight.Objective(id); q.Objective == nil {
			return &Error{Code: v1.CodeNotFound, Message: "no objective " + id.String() + " is declared"}
		}
	}
	list, err := s.Insight.Annotations(c.Request().Context(), q)
	if err != nil {
		return err
	}
	if len(list) > query.Limit {
		list = list[:query.Limit]
		next := query.Next(list, q.After)
		next.Span = v1.Span{From: from, To: to}
		c.Response().Header().Set("Link", nextLink(next.Query(), v1.Page{}))
	}
	return tagged(c, v1.NewAnnotations(list))
}

func (s *service) addNote(c echo.Context) error {
	var note v1.Note
	if err := readJSON(c, maxNoteBody, &note); err != nil {
		return err
	}
	who := auth.Of(c.Request().Context())
	a, err := note.Annotation(who.Name)
	if err != nil {
		return invalid(err)
	}
	if a, err = annotation.Check(a, s.Now()); err != nil {
		return invalid(err)
	}
	if err := s.correctable(); err != nil {
		return err // a service that is not known yet is not one that nobody declared
	}
	about(c, a.About(), a.Text)
	concerned, err := s.concerned(a)
	if err != nil {
		return err
	}
	if err := mayChange(c, concerned...); err != nil {
		return err
	}
	saved, err := s.Notes.SaveNote(c.Request().Context(), a, s.Now())
	if err != nil {
		return &Error{Code: v1.CodeUnavailable, Message: "nothing was noted, since headroom could not store it: send it again later", Cause: err}
	}
	settled(c)
	s.Logger.Info("noted", "id", saved.ID, "service", saved.Service, "objective", saved.Objective, "token", who.Name)
	return c.JSON(http.StatusOK, v1.NewAnnotation(saved))
}

// concerned are the objectives that a note is about; its error is one of a
// service or an objective that nobody declared.
func (s *service) concerned(a annotation.Annotation) ([]*slo.Objective, error) {
	var list []*slo.Objective
	for _, o := range s.Insight.Ledger.Objectives() {
		if (a.Service == "" || o.Service() == a.Service) && (a.Objective == "" || o.ID.Objective == a.Objective) {
			list = append(list, o)
		}
	}
	if len(list) > 0 || a.Service == "" {
		return list, nil
	}
	what := "service " + a.Service
	if a.Objective != "" {
		what = "objective " + a.Service + "/" + a.Objective
	}
	return nil, &Error{Code: v1.CodeNotFound, Message: "no " + what + " is declared", Cause: errors.New("note about nothing")}
}
