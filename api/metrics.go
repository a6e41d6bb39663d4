package api

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
)

// unmatched is the route label of requests that no route matched. Neither
// paths nor made-up methods may become label values: clients choose them.
const (
	unmatched   = "unmatched"
	otherMethod = "other"
)

type requestMetrics struct {
	now       func() time.Time
	known     map[string]bool // route patterns, complete before the first request
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
}

func newRequestMetrics(now func() time.Time) *requestMetrics {
	return &requestMetrics{
		now:   now,
		known: map[string]bool{},
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "headroom_http_requests_total",
			Help: "HTTP requests answered, by status code, method and route.",
		}, []string{"code", "method", "route"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "headroom_http_request_duration_seconds",
			Help:    "Time from a request's headers to the end of its answer, by route.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .3, .5, 1, 2.5, 5},
		}, []string{"route"}),
	}
}

// init makes a route's series exist from the start, so that the first error is
// an increase and not the birth of a series.
func (m *requestMetrics) init(route, method string) {
	m.known[route] = true
	m.requests.WithLabelValues("200", method, route)
	m.requests.WithLabelValues("500", method, route)
	m.durations.WithLabelValues(route)
}

// middleware counts every request once its answer is written, which is why it
// is outermost and answers errors itself.
func (m *requestMetrics) middleware(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := m.now()
		if err := next(c); err != nil {
			c.Error(err)
		}
		route := c.Path()
		if !m.known[route] {
			route = unmatched
		}
		m.requests.WithLabelValues(strconv.Itoa(c.Response().Status), methodLabel(c.Request().Method), route).Inc()
		m.durations.WithLabelValues(route).Observe(m.now().Sub(start).Seconds())
		return nil
	}
}

func methodLabel(method string) string {
	known := []string{
		http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
	}
	if slices.Contains(known, method) {
		return method
	}
	return otherMethod
}
