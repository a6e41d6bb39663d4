package api

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"headroom/api/v1"
	"headroom/budget/audit"
	"headroom/collectors"
	"headroom/slo"
	"headroom/slo/event"
)

// Bounds of a delivery's body, in bytes. A body is held in memory before it is
// known who sent it, so the usual bound is a small one: a workflow run takes
// some 30 KB. GitHub cuts off at 25 MB, and nothing longer is of use.
const (
	DefaultWebhookBody = 1 << 20
	MaxWebhookBody     = 25_000_000
)

// Webhook takes the deliveries of one sender in at POST /webhooks/{name}.
type Webhook struct {
	Name    string
	Source  collectors.Source // knows the sender by a secret of its own
	MaxBody int64             // in bytes; 0 is DefaultWebhookBody, MaxWebhookBody the most
}

func checkWebhooks(hooks []Webhook, recorder Recorder) error {
	seen := map[string]bool{}
	for _, h := range hooks {
		switch {
		case recorder == nil:
			return errors.New("api: Options.Webhooks without Options.Recorder")
		case !slo.ValidName(h.Name) || seen[h.Name]:
			return fmt.Errorf("api: webhook %q has no name, or that of another", h.Name)
		case h.Source == nil || h.MaxBody < 0 || h.MaxBody > MaxWebhookBody:
			return fmt.Errorf("api: webhook %s has no source, or a bound out of bounds", h.Name)
		}
		seen[h.Name] = true
	}
	return nil
}

// What became of a delivery.
const (
	deliveryRecorded        = "recorded"
	deliveryIgnored         = "ignored"
	deliveryUnauthenticated = "unauthenticated"
	deliveryRefused         = "refused" // malformed or too large
	deliveryFailed          = "failed"  // not stored
)

// newDeliveries counts deliveries, from 0 so that the first is an increase.
func newDeliveries(hooks []Webhook) *prometheus.CounterVec {
	deliveries := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "headroom_webhook_deliveries_total",
		Help: "Deliveries to webhooks, by what became of them.",
	}, []string{"webhook", "result"})
	for _, h := range hooks {
		for _, result := range []string{deliveryRecorded, deliveryIgnored, deliveryUnauthenticated, deliveryRefused, deliveryFailed} {
			deliveries.WithLabelValues(h.Name, result)
		}
	}
	return deliveries
}

func (s *service) postWebhook(c echo.Context) error {
	for _, h := range s.Webhooks {
		if h.Name == c.Param("name") {
			about(c, "webhook "+h.Name, "")
			return s.deliver(c, h)
		}
	}
	return &Error{Code: v1.CodeNotFound, Message: "no webhook of this name is configured"}
}

// deliver answers once the events of a delivery are stored.
func (s *service) deliver(c echo.Context, h Webhook) error {
	var answer v1.Recorded
	events, err := s.receive(c, h)
	if err == nil {
		c.Set(auditKey, audit.Entry{Actor: "webhook " + h.Name, Subject: subjectOf(events)}) // the secret was right
		answer, err = s.record(c, events)
	}
	result := resultOf(err)
	if err == nil && answer.Recorded == 0 && answer.Dropped > 0 {
		result = deliveryIgnored
	}
	s.deliveries.WithLabelValues(h.Name, result).Inc()
	switch result {
	case deliveryRecorded:
		s.Logger.Info("delivery recorded", "webhook", h.Name, "count", answer.Recorded, "dropped", answer.Dropped)
		return c.JSON(http.StatusOK, answer)
	case deliveryIgnored:
		if err == nil {
			return c.JSON(http.StatusOK, answer)
		}
		settled(c)
		s.Logger.Debug("delivery ignored", "webhook", h.Name, "reason", err)
		return c.JSON(http.StatusOK, v1.Ignored{Ignored: err.Error()})
	case deliveryUnauthenticated, deliveryRefused:
		s.Logger.Warn("delivery refused", "webhook", h.Name, "remote", c.Request().RemoteAddr, "reason", err)
	}
	return deliveryError(err)
}

func (s *service) receive(c echo.Context, h Webhook) ([]event.Event, error) {
	limit := h.MaxBody
	if limit == 0 {
		limit = DefaultWebhookBody
	}
	body, err := readBody(c, limit)
	if err != nil {
		return nil, err
	}
	events, err := h.Source.Read(c.Request().Header, body)
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		if err := e.Validate(); err != nil {
			return nil, fmt.Errorf("%w: %w", collectors.ErrMalformed, err)
		}
	}
	return events, nil
}

func resultOf(err error) string {
	var edge *Error
	switch {
	case err == nil:
		return deliveryRecorded
	case errors.Is(err, collectors.ErrIgnored), errors.Is(err, collectors.ErrUnsupported):
		return deliveryIgnored
	case errors.Is(err, collectors.ErrUnauthenticated):
		return deliveryUnauthenticated
	case errors.Is(err, collectors.ErrMalformed), errors.As(err, &edge) && edge.Code != v1.CodeUnavailable:
		return deliveryRefused
	default:
		return deliveryFailed
	}
}

func deliveryError(err error) error {
	var edge *Error
	switch {
	case errors.As(err, &edge):
		return edge
	case errors.Is(err, collectors.ErrUnauthenticated):
		return &Error{Code: v1.CodeUnauthorized, Message: err.Error()}
	case errors.Is(err, collectors.ErrMalformed):
		return &Error{Code: v1.CodeInvalid, Message: err.Error()}
	default:
		return &Error{Code: v1.CodeUnavailable, Message: "nothing was recorded, for a reason that headroom's log says: deliver it again later", Cause: err}
	}
}
