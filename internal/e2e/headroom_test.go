package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
)

const shopSpec = `headroom: v1
service: shop
owner: team-shop
labels: {tier: "1"}
objectives:
  availability:
    target: 99%
    window: 1h
    resolution: 10s
    ratio:
      bad: http_requests_total{job="shop", code=~"5.."}
      total: http_requests_total{job="shop"}
  latency:
    target: 95%
    window: 1h
    resolution: 10s
    latency: {histogram: http_request_duration_seconds, where: '{job="shop"}', under: 300ms}
`

const (
	availability = "default/shop/availability"
	latency      = "default/shop/latency"
)

// headroom is a running headroom with a directory of its own.
type headroom struct {
	t       *testing.T
	config  string
	dir     string
	url     string
	process *process
}

// startHeadroom writes the spec and the configuration and starts the service.
// The configuration is what differs between the metrics stores.
func startHeadroom(t *testing.T, configuration string) *headroom {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "specs", "slo.yaml"), shopSpec)
	config := writeFile(t, filepath.Join(dir, "headroom.yaml"),
		"listen: 127.0.0.1:0\ndata_dir: data\ntick: 2s\nspecs:\n- {path: specs, namespaces: [default]}\n"+configuration)
	h := &headroom{t: t, config: config, dir: dir}
	h.start()
	return h
}

func embedded(s *shop, alertmanager string) string {
	return fmt.Sprintf("engine:\n  scrape:\n  - {job: shop, targets: [%q], interval: 200ms, timeout: 200ms}\nalertmanagers: [%q]\n", s.address(), "http://"+alertmanager)
}

// external reads a Prometheus, and delivers rules to it when rulesFile is set.
func external(url, rulesFile string) string {
	c := fmt.Sprintf("target: prometheus-2.42\nprometheus:\n  url: %q\n", url)
	if rulesFile != "" {
		c += fmt.Sprintf("  rules_file: %q\n", rulesFile)
	}
	return c
}

var listening = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

func (h *headroom) start(flags ...string) {
	h.t.Helper()
	h.process = start(h.t, headroomBinary, append([]string{"serve", "--config", h.config}, flags...)...)
	eventually(h.t, "headroom says where it listens", func() (bool, string) {
		if !h.process.running() {
			h.t.Fatalf("headroom ended early:\n%s", h.process.log.tail(8000))
		}
		h.url = listening.FindString(h.process.log.tail(1 << 20))
		return h.url != "", h.process.log.tail(500)
	})
	waitReady(h.t, h.process, h.url+"/readyz")
}

func (h *headroom) kill() { h.process.stop(syscall.SIGKILL) }

// status is what GET /api/v1/slos says of one objective.
type status struct {
	ID          string            `json:"id"`
	Group       map[string]string `json:"group"`
	Target      string            `json:"target"`
	Data        string            `json:"data"`
	BudgetState string            `json:"budget_state"`
	Coverage    *float64          `json:"coverage"`
	Total       *float64          `json:"total"`
	Bad         *float64          `json:"bad"`
	ErrorRatio  *float64          `json:"error_ratio"`
	Budget      struct {
		Events    *float64 `json:"events"`
		Spent     *float64 `json:"spent"`
		Remaining *float64 `json:"remaining"`
	} `json:"budget"`
}

func (s status) total() float64 { return value(s.Total) }
func (s status) bad() float64   { return value(s.Bad) }

func (s status) String() string {
	b, _ := json.Marshal(s)
	return string(b)
}

func value(f *float64) float64 {
	if f == nil {
		return -1
	}
	return *f
}

func (h *headroom) status(id string) status {
	h.t.Helper()
	body, code, err := get(h.url + "/api/v1/slos")
	if err != nil || code != http.StatusOK {
		h.t.Fatalf("GET /api/v1/slos: %d %v %s", code, err, body)
	}
	var all []status
	if err := json.Unmarshal(body, &all); err != nil {
		h.t.Fatalf("read /api/v1/slos: %v: %s", err, body)
	}
	for _, s := range all {
		if s.ID == id {
			return s
		}
	}
	return status{ID: id}
}
