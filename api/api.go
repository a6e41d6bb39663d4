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

// maxBody bounds the body of a request to a route that reads none.
const maxBody = "64K"

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
	e.Use(s.metrics.middleware, secureHeaders, s.recoverPanic, s.checkHost, limitBodies(), compress())
	for _, r := range s.readRoutes() {
		e.Match([]string{http.MethodGet, http.MethodHead}, r.path, r.handler, r.guards...)
		s.metrics.init(r.path, http.MethodGet)
	}
	for _, r := range s.writeRoutes() {
		e.POST(r.path, r.handler, r.guards...)
		s.metrics.init(r.path, http.MethodPost)
	}
	return e, nil
}

type route struct {
	path    string
	handler echo.HandlerFunc
	guards  []echo.MiddlewareFunc
}

// readRoutes answer GET and HEAD and change nothing. Health and metrics are
// open even where reading needs a token: what asks for them has none.
func (s *service) readRoutes() []route {
	var guards []echo.MiddlewareFunc
	if s.TokenToRead {
		guards = append(guards, s.Tokens.Require(auth.Read))
	}
	return append(append(s.gateRoutes(guards), s.reportRoutes(guards)...), []route{
		{"/", s.statusPage, guards},
		{"/slos/:namespace/:service/:objective", s.objectivePage, guards},
		{"/assets/:file", s.asset, nil},
		{apiPrefix + "slos", s.listSLOs, guards},
		{apiPrefix + "slos/:namespace/:service/:objective", s.getSLO, guards},
		{apiPrefix + "problems", s.listProblems, guards},
		{"/healthz", s.healthz, nil},
		{"/readyz", s.readyz, nil},
		{metricsPath, s.serveMetrics(), nil},
	}...)
}

// writeRoutes answer POST. A page of another site can use none of them: each
// needs a header that browsers do not send by themselves.
func (s *service) writeRoutes() []route {
	if s.Recorder == nil {
		return nil
	}
	return []route{
		{eventsPath, s.postEvents, []echo.MiddlewareFunc{s.Tokens.Require(auth.Events)}},
		{webhooksPath, s.postWebhook, nil},
	}
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

// limitBodies bounds every body but those of the routes that read one and have
// a bound of their own.
func limitBodies() echo.MiddlewareFunc {
	return middleware.BodyLimitWithConfig(middleware.BodyLimitConfig{
		Limit:   maxBody,
		Skipper: func(c echo.Context) bool { return c.Path() == eventsPath || c.Path() == webhooksPath },
	})
}

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
