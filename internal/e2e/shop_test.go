package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// shop is the service whose budget is watched. It counts for itself what it
// answered, so that headroom's figures have something true to be compared with.
type shop struct {
	server   *httptest.Server
	down     atomic.Bool
	slow     atomic.Bool
	answered atomic.Int64
	failed   atomic.Int64
	late     atomic.Int64
	requests *prometheus.CounterVec
	duration prometheus.Histogram
}

// slowAnswer is what a slow answer is observed as; it lies between two buckets
// above the objective's threshold of 300 ms. No time is really spent.
const (
	slowAnswer = 700 * time.Millisecond
	fastAnswer = 20 * time.Millisecond
)

func startShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "http_requests_total", Help: "Requests answered."}, []string{"code"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "http_request_duration_seconds", Help: "Duration of requests.", Buckets: []float64{.05, .1, .3, 1}}),
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(s.requests, s.duration)
	s.requests.WithLabelValues("200")
	s.requests.WithLabelValues("500")
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("/buy", s.buy)
	s.server = httptest.NewServer(mux)
	t.Cleanup(s.server.Close)
	return s
}

func (s *shop) buy(w http.ResponseWriter, _ *http.Request) {
	s.answered.Add(1)
	took := fastAnswer
	if s.slow.Load() {
		took = slowAnswer
		s.late.Add(1)
	}
	s.duration.Observe(took.Seconds())
	if s.down.Load() {
		s.failed.Add(1)
		s.requests.WithLabelValues("500").Inc()
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	s.requests.WithLabelValues("200").Inc()
	_, _ = io.WriteString(w, "thank you\n")
}

func (s *shop) address() string { return s.server.Listener.Addr().String() }

// customers sends requests at a steady rate until the returned stop is called.
func (s *shop) customers(t *testing.T, perSecond int) (stop func()) {
	t.Helper()
	quit := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(time.Second / time.Duration(perSecond))
		defer tick.Stop()
		client := s.server.Client()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
			}
			resp, err := client.Get(s.server.URL + "/buy")
			if err != nil {
				t.Errorf("customer: %v", err)
				return
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
	})
	var once sync.Once
	stop = func() { once.Do(func() { close(quit); wg.Wait() }) }
	t.Cleanup(stop)
	return stop
}
