package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"headroom/api/auth"
	"headroom/api/v1"
	"headroom/budget/audit"
	"headroom/slo"
	"headroom/slo/event"
)

// Recorder takes reports of platform events in. When Record returns no error,
// all of them are durable but for so many that are older than events are kept;
// otherwise none of them has to be. Its error wraps event.ErrInvalid when the
// events are at fault.
type Recorder interface {
	Record(ctx context.Context, reports ...event.Event) (dropped int, err error)
}

// maxEventsBody bounds the body of POST /api/v1/events, in bytes.
const maxEventsBody = 4 << 20

// eventRoutes take events in. A page of another site can use none of them: each
// needs a header that browsers do not send by themselves.
func (s *service) eventRoutes() []route {
	if s.Recorder == nil {
		return nil
	}
	return []route{
		{method: http.MethodPost, path: eventsPath, scope: auth.Events, handler: s.postEvents, action: audit.EventsRecord, ownBody: true},
		{method: http.MethodPost, path: webhooksPath, scope: open, handler: s.postWebhook, action: audit.EventsRecord, ownBody: true},
	}
}

func (s *service) postEvents(c echo.Context) error {
	body, err := readJSONBody(c, maxEventsBody)
	if err != nil {
		return err
	}
	events, err := v1.ParseEvents(body)
	if err != nil {
		return refuseEvents(err)
	}
	about(c, subjectOf(events), "")
	if err := s.mayRecord(c, events); err != nil {
		return err
	}
	answer, err := s.record(c, events)
	if err != nil {
		return err
	}
	s.Logger.Info("events recorded", "count", answer.Recorded, "dropped", answer.Dropped, "token", auth.Of(c.Request().Context()).Name)
	return c.JSON(http.StatusOK, answer)
}

// subjectOf is what events are of: their source and kind where they have one in
// common.
func subjectOf(events []event.Event) string {
	if len(events) == 0 {
		return "events"
	}
	first := events[0]
	for _, e := range events {
		if e.Source != first.Source || e.Kind != first.Kind {
			return "events of several sources"
		}
	}
	return fmt.Sprintf("events %s %s", first.Source, first.Kind)
}

// concerning is a Recorder that knows which objectives events are about: they
// count for them, or name their service.
type concerning interface {
	Concerned(ctx context.Context, reports ...event.Event) ([]*slo.Objective, error)
}

// mayRecord returns an error when who asks is bound to owners and the events
// are about an objective of somebody else. Events that are about none may come:
// they change nothing.
func (s *service) mayRecord(c echo.Context, events []event.Event) error {
	if len(auth.Of(c.Request().Context()).Owners()) == 0 {
		return nil
	}
	recorder, ok := s.Recorder.(concerning)
	if !ok {
		return &Error{Code: v1.CodeForbidden, Message: "it is not known here which objectives events are about, and this token is bound to owners"}
	}
	if err := s.correctable(); err != nil {
		return err // a service that is not known yet is not one that nobody declared
	}
	concerned, err := recorder.Concerned(c.Request().Context(), events...)
	if err != nil {
		return &Error{Code: v1.CodeUnavailable, Message: "nothing was recorded: send it again later", Cause: err}
	}
	if len(concerned) == 0 {
		return nil
	}
	return mayChange(c, concerned...)
}

func refuseEvents(err error) error {
	refusal := &Error{Code: v1.CodeInvalid, Message: "no event was recorded: " + err.Error()}
	var faults *v1.EventsError
	if errors.As(err, &faults) {
		refusal.Details = faults.Faults
	}
	return refusal
}

// record makes events durable, or says who is at fault that they are not.
func (s *service) record(c echo.Context, events []event.Event) (v1.Recorded, error) {
	dropped, err := s.Recorder.Record(c.Request().Context(), events...)
	switch {
	case err == nil:
		return v1.NewRecorded(len(events), dropped), nil
	case errors.Is(err, event.ErrInvalid):
		return v1.Recorded{}, &Error{Code: v1.CodeInvalid, Message: "no event was recorded: " + err.Error()}
	default:
		return v1.Recorded{}, &Error{Code: v1.CodeUnavailable, Message: "nothing was recorded, since headroom could not store it: send it again later", Cause: err}
	}
}

// readBody reads a body of at most limit bytes.
func readBody(c echo.Context, limit int64) ([]byte, error) {
	r := c.Request()
	tooLarge := &Error{Code: v1.CodeTooLarge, Message: "the request's body is longer than " + strconv.FormatInt(limit, 10) + " bytes"}
	if r.ContentLength > limit {
		return nil, tooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, limit))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return nil, tooLarge
	case err != nil:
		return nil, &Error{Code: v1.CodeInvalid, Message: "the request's body ended early", Cause: err}
	default:
		return body, nil
	}
}
