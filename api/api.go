// Package api serves headroom over HTTP: the JSON of package v1, the status
// page, health checks and the metrics. What changes state needs a token or, for
// webhooks, a signature.
package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"headroom/api/auth"
	"headroom/api/v1"
	"headroom/api/web"
	"headroom/budget"
	"headroom/slo/diag"
)

// Options are what the handler needs. The functions are called by several
// requests at once and must not block for long.
type Options struct {
	Statuses  func() []budget.Status // required; in any order
	Problems  func() []diag.Problem  // nil: there are none
	Ready     func() error           // why the service cannot answer truly yet; nil: it always can
	Registry  *prometheus.Registry   // required: gets the handler's metrics and the gauges, and is served at /metrics
	Gatherers []prometheus.Gatherer  // more that is served at /metrics; its names are not in Registry
	Logger    *slog.Logger           // nil: nothing is logged
	Now       func() time.Time       // nil: time.Now
	Version   string                 // shown on the status page, may be empty
	Hosts     []string               // names besides loopback's that requests may be for; nil: every name

	Report      Reporter     // says what a period did; nil: no route for it
	Gate        Gate         // says what may be released; nil: no route for it
	Recorder    Recorder     // takes events in; nil: no route for them
	Webhooks    []Webhook    // need Recorder
	Tokens      *auth.Tokens // who may do what; nil: nobody may do anything
	TokenToRead bool         // reading statuses, problems and pages needs the scope read
}

func (o Options) withDefaults() (Options, error) {
	if o.Statuses == nil {
		return o, errors.New("api: Options.Statuses is missing")
	}
	if o.Registry == nil {
		return o, errors.New("api: Options.Registry is missing")
	}
	if err := checkWebhooks(o.Webhooks, o.Recorder); err != nil {
		return o, err
	}
	if o.Problems == nil {
		o.Problems = func() []diag.Problem { return nil }
	}
	if o.Ready == nil {
		o.Ready = func() error { return nil }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o, nil
}

type service struct {
	Options
	reporting  sync.Mutex
	pages      *web.Pages
	metrics    *requestMetrics
	deliveries *prometheus.CounterVec
}

// New makes the handler and registers its metrics and the gauges of the
// objectives at o.Registry. A registry serves one handler only: a second New
// with it is an error.
func New(o Options) (http.Handler, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	pages, err := web.New()
	if err != nil {
		return nil, fmt.Errorf("read the web templates: %w", err)
	}
	s := &service{Options: o, pages: pages, metrics: newRequestMetrics(o.Now), deliveries: newDeliveries(o.Webhooks)}
	for _, c := range []prometheus.Collector{s.metrics.requests, s.metrics.durations, s.deliveries, NewGauges(o.Statuses)} {
		if err := o.Registry.Register(c); err != nil {
			return nil, fmt.Errorf("register the API's metrics: %w", err)
		}
	}
	e := echo.New()
	e.HTTPErrorHandler = s.handleError
	e.Use(s.metrics.middleware, secureHeaders, s.recoverPanic, s.checkHost, compress())
	for _, r := range s.routes() {
		s.add(e, r)
	}
	return e, nil
}

func (s *service) serveMetrics() echo.HandlerFunc {
	return echo.WrapHandler(promhttp.HandlerFor(append(prometheus.Gatherers{s.Registry}, s.Gatherers...), promhttp.HandlerOpts{
		ErrorLog:            promLogger{s.Logger},
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: 8,
		Registry:            s.Registry,
	}))
}

// statuses returns all statuses sorted by id and group.
func (s *service) statuses() []v1.SLO {
	all := s.Statuses()
	slos := make([]v1.SLO, len(all))
	for i, status := range all {
		slos[i] = v1.NewSLO(status)
		slos[i].Freezes = s.freezes(status)
	}
	v1.Sort(slos)
	return slos
}

const (
	apiPrefix    = "/api/v1/"
	metricsPath  = "/metrics"
	eventsPath   = apiPrefix + "events"
	webhooksPath = "/webhooks/:name"
)

func compress() echo.MiddlewareFunc {
	return middleware.GzipWithConfig(middleware.GzipConfig{
		Level:     1,
		MinLength: 1400, // about one packet
		Skipper:   func(c echo.Context) bool { return c.Path() == metricsPath },
	})
}

// promLogger writes what promhttp complains about to the service's log.
type promLogger struct{ logger *slog.Logger }

func (l promLogger) Println(v ...any) {
	l.logger.Error("gather metrics", "error", fmt.Sprint(v...))
}
