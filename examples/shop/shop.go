package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// schedule says which share of requests fails when.
type schedule struct {
	baseline, incident   float64 // 0 to 1
	first, every, length time.Duration
}

func (s schedule) check() error {
	for name, ratio := range map[string]float64{"-error-ratio": s.baseline, "-incident-ratio": s.incident} {
		if ratio < 0 || ratio > 1 {
			return fmt.Errorf("%s %v is not between 0 and 1", name, ratio)
		}
	}
	if s.every < 0 || s.first < 0 || s.length < 0 || s.every > 0 && s.length > s.every {
		return fmt.Errorf("an incident of %v every %v does not fit", s.length, s.every)
	}
	return nil
}

// during reports whether there is an incident at a time after the start.
func (s schedule) during(since time.Duration) bool {
	return s.every > 0 && since >= s.first && (since-s.first)%s.every < s.length
}

// The times that answers take. The slow ones miss a threshold of 300 ms.
const (
	usual     = 5 * time.Millisecond
	slow      = 400 * time.Millisecond
	slowShare = 0.01 // of requests outside incidents, ten times as many in one
)

// shopOptions are what a shop depends on. The schedule counts from start.
type shopOptions struct {
	schedule schedule
	start    time.Time
	now      func() time.Time
	wait     func(context.Context, time.Duration)
	logger   *slog.Logger
}

// shop answers /, /checkout and /metrics.
type shop struct {
	http.Handler
	options  shopOptions
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	troubled atomic.Bool
}

func newShop(o shopOptions) *shop {
	s := &shop{
		options: o,
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "http_requests_total", Help: "Requests answered, by handler and status code.",
		}, []string{"handler", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "http_request_duration_seconds", Help: "Time from request to answer, by handler.",
			Buckets: []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 0.5, 1, 2.5},
		}, []string{"handler"}),
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(s.requests, s.duration)
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", s.page("/", "welcome to the shop\n"))
	mux.Handle("/checkout", s.page("/checkout", "thank you\n"))
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	s.Handler = mux
	return s
}

// page makes a handler that is slow or fails as the schedule says. Its counters
// begin at 0: a counter that is born at its first error hides that error.
func (s *shop) page(name, text string) http.Handler {
	for _, code := range []int{http.StatusOK, http.StatusServiceUnavailable} {
		s.requests.WithLabelValues(name, strconv.Itoa(code))
	}
	duration := s.duration.WithLabelValues(name)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := s.options.now()
		failing, takes := s.fate(began)
		s.options.wait(r.Context(), takes)
		code, answer := http.StatusOK, text
		if failing {
			code, answer = http.StatusServiceUnavailable, "the till is jammed\n"
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, answer)
		s.requests.WithLabelValues(name, strconv.Itoa(code)).Inc()
		duration.Observe(s.options.now().Sub(began).Seconds())
	})
}

// fate decides at random whether a request fails and how long it takes.
func (s *shop) fate(at time.Time) (failing bool, takes time.Duration) {
	incident := s.options.schedule.during(at.Sub(s.options.start))
	if s.troubled.Swap(incident) != incident {
		s.options.logger.Info("the weather changed", "incident", incident)
	}
	ratio, lazy := s.options.schedule.baseline, slowShare
	if incident {
		ratio, lazy = s.options.schedule.incident, 10*slowShare
	}
	takes = usual
	if rand.Float64() < lazy {
		takes = slow
	}
	return rand.Float64() < ratio, takes
}
