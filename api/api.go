// Package api serves headroom over HTTP: the JSON of package v1, the status
// page, health checks and the metrics. What changes state needs a token or, for
// webhooks, a signature.
package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/prometheus/client_golang/prometheus"

	"headroom/api/auth"
	"headroom/api/v1"
	"headroom/api/web"
	"headroom/budget"
	"headroom/budget/insight"
	"headroom/slo"
	"headroom/slo/diag"
)

// Options are what the handler needs. The functions are called by several
// requests at once and must not block for long.
type Options struct {
	Statuses  func() []budget.Status // required; in any order
	Problems  func() []diag.Problem  // nil: there are none
	Ready     func() error           // why the service cannot answer truly yet; nil: it always can
	Registry  *prometheus.Registry   // required: gets the handler's metrics, and is served at /metrics with the gauges
	Gatherers []prometheus.Gatherer  // more that is served at /metrics; its names are not in Registry
	Logger    *slog.Logger           // nil: nothing is logged
	Now       func() time.Time       // nil: time.Now
	Version   string                 // shown on the status page, may be empty
	Hosts     []string               // names besides loopback's that requests may be for; nil: every name

	Datasource  func(*slo.Objective) string // name of the metrics store of an objective; nil: they have no names
	Datasources func() []v1.Datasource      // how the metrics stores do; nil: no route for it

	Ledger      Ledger           // tells the past; nil: no routes for it
	Report      Reporter         // says what a period did; nil: no route for it
	Gate        Gate             // says what may be released; nil: no route for it
	Corrections Corrections      // what does not count in budgets; nil: no routes for them
	Insight     *insight.Insight // explains budgets; nil: no routes for it
	Why         Teller           // tells how numbers came to be; nil: no route for it
	Audit       Auditor          // keeps who changed what; nil: nobody does
	Notes       Notes            // takes what people note; nil: no route for it
	Recorder    Recorder         // takes events in; nil: no route for them
	Webhooks    []Webhook        // need Recorder
	Tokens      *auth.Tokens     // who may do what; nil: nobody may do anything
	TokenToRead bool             // reading statuses, problems and pages needs the scope read

	SnapshotAge time.Duration // for how long an answer about statuses may be served again; 0: never
	Revision    func() uint64 // a number that grows when Statuses has something new; nil: SnapshotAge alone says
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
	if o.Datasource == nil {
		o.Datasource = func(*slo.Objective) string { return "" }
	}
	if o.Revision == nil {
		o.Revision = func() uint64 { return 0 }
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
	snapshots  *snapshots
	metrics    *requestMetrics
	deliveries *prometheus.CounterVec
}

// New makes the handler and registers its metrics at o.Registry. A registry serves one handler only: a second New
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
	s.snapshots = newSnapshots(o, s.freezes)
	collectors := []prometheus.Collector{s.metrics.requests, s.metrics.durations, s.deliveries}
	if o.Corrections != nil {
		collectors = append(collectors, newCorrectionCount(o.Corrections.List))
	}
	for _, c := range collectors {
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

const (
	apiPrefix    = "/api/v1/"
	metricsPath  = "/metrics"
	slosPath     = apiPrefix + "slos"
	eventsPath   = apiPrefix + "events"
	webhooksPath = "/webhooks/:name"
)

func compress() echo.MiddlewareFunc {
	return middleware.GzipWithConfig(middleware.GzipConfig{
		Level:     1,
		MinLength: 1400,                                                                                            // about one packet
		Skipper:   func(c echo.Context) bool { return slices.Contains([]string{metricsPath, slosPath}, c.Path()) }, // they do it themselves
	})
}
