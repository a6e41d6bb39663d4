package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// prometheus2 is Debian's Prometheus on a directory of its own.
type prometheus2 struct {
	t         *testing.T
	binary    string
	args      []string
	url       string
	rulesFile string
	process   *process
}

// startPrometheus scrapes the targets (job to address) every 200 ms, so that
// the edge of a scrape is a small part of what is measured.
func startPrometheus(t *testing.T, targets map[string]string, alertmanager string) *prometheus2 {
	t.Helper()
	dir := t.TempDir()
	rulesFile := filepath.Join(dir, "rules", "headroom.yml")
	writeFile(t, rulesFile, "groups: []\n")
	config := fmt.Sprintf("global: {scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: 10s}\nrule_files: [%q]\n", rulesFile)
	if alertmanager != "" {
		config += fmt.Sprintf("alerting: {alertmanagers: [{static_configs: [{targets: [%q]}]}]}\n", alertmanager)
	}
	config += "scrape_configs:\n"
	for job, address := range targets {
		config += fmt.Sprintf("- {job_name: %q, static_configs: [{targets: [%q]}]}\n", job, address)
	}
	file := writeFile(t, filepath.Join(dir, "prometheus.yml"), config)
	address := freeAddress(t)
	p := &prometheus2{
		t: t, binary: server(t, "prometheus", "prometheus"), url: "http://" + address, rulesFile: rulesFile,
		args: []string{"--config.file=" + file, "--storage.tsdb.path=" + filepath.Join(dir, "data"), "--web.listen-address=" + address, "--web.enable-lifecycle", "--log.level=warn"},
	}
	p.start()
	return p
}

func (p *prometheus2) start() {
	p.t.Helper()
	p.process = start(p.t, p.binary, p.args...)
	waitReady(p.t, p.process, p.url+"/-/ready")
}

func (p *prometheus2) stop() { p.process.stop(syscall.SIGTERM) }

// alertmanager is Debian's Alertmanager with a webhook receiver of the test's.
type alertmanager struct {
	address  string
	receiver *receiver
}

func startAlertmanager(t *testing.T) *alertmanager {
	t.Helper()
	r := startReceiver(t)
	dir := t.TempDir()
	file := writeFile(t, filepath.Join(dir, "alertmanager.yml"), fmt.Sprintf(
		"route: {receiver: test, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}\n"+
			"receivers: [{name: test, webhook_configs: [{url: %q, send_resolved: true}]}]\n", r.server.URL))
	address := freeAddress(t)
	p := start(t, server(t, "prometheus-alertmanager", "prometheus-alertmanager"),
		"--config.file="+file, "--storage.path="+filepath.Join(dir, "data"), "--web.listen-address="+address, "--cluster.listen-address=")
	waitReady(t, p, "http://"+address+"/-/ready")
	return &alertmanager{address: address, receiver: r}
}

// firing returns the alerts that Alertmanager itself lists.
func (a *alertmanager) firing(t *testing.T) []alert {
	t.Helper()
	body, status, err := get("http://" + a.address + "/api/v2/alerts?active=true")
	if err != nil || status != http.StatusOK {
		t.Fatalf("ask Alertmanager for alerts: %d %v", status, err)
	}
	var alerts []alert
	if err := json.Unmarshal(body, &alerts); err != nil {
		t.Fatalf("read Alertmanager's alerts: %v", err)
	}
	return alerts
}

type alert struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	State       any               `json:"status"`
}

// receiver keeps what Alertmanager posts.
type receiver struct {
	server *httptest.Server
	mu     sync.Mutex
	alerts []alert
}

func startReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	r.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var message struct {
			Alerts []alert `json:"alerts"`
		}
		if err := json.NewDecoder(req.Body).Decode(&message); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.alerts = append(r.alerts, message.Alerts...)
	}))
	t.Cleanup(r.server.Close)
	return r
}

// got returns the first alert with these labels and state "firing" or "resolved".
func (r *receiver) got(state string, labels map[string]string) (alert, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range r.alerts {
		if a.State == state && matches(a.Labels, labels) {
			return a, true
		}
	}
	return alert{}, false
}

func matches(have, want map[string]string) bool {
	for name, value := range want {
		if have[name] != value {
			return false
		}
	}
	return true
}
