package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// victoria is Debian's VictoriaMetrics, which scrapes by itself, and its
// vmalert, which evaluates the rules of a file.
type victoria struct{ url string }

// startVictoria shows samples at once: a resolution of ten seconds leaves no
// room for the usual 30 s.
func startVictoria(t *testing.T, targets map[string]string) victoria {
	t.Helper()
	dir := t.TempDir()
	config := "global: {scrape_interval: 200ms, scrape_timeout: 200ms}\nscrape_configs:\n"
	for job, address := range targets {
		config += fmt.Sprintf("- {job_name: %q, static_configs: [{targets: [%q]}]}\n", job, address)
	}
	file := writeFile(t, filepath.Join(dir, "scrape.yml"), config)
	address := freeAddress(t)
	p := start(t, server(t, "victoria-metrics", "victoria-metrics"),
		"-storageDataPath="+filepath.Join(dir, "data"), "-httpListenAddr="+address, "-promscrape.config="+file,
		"-search.latencyOffset=0s", "-retentionPeriod=1y", "-loggerLevel=WARN")
	waitReady(t, p, "http://"+address+"/health")
	return victoria{url: "http://" + address}
}

// alert starts vmalert, and returns its URL.
func (v victoria) alert(t *testing.T, rules, alertmanager string) string {
	t.Helper()
	address := freeAddress(t)
	p := start(t, server(t, "vmalert", "victoria-metrics"),
		"-rule="+rules, "-datasource.url="+v.url, "-remoteWrite.url="+v.url, "-remoteRead.url="+v.url,
		"-remoteWrite.flushInterval=200ms", "-notifier.url=http://"+alertmanager, "-httpListenAddr="+address, "-loggerLevel=WARN")
	waitReady(t, p, "http://"+address+"/health")
	return "http://" + address
}

// value asks for one number.
func (v victoria) value(t *testing.T, query string) float64 {
	t.Helper()
	body, status, err := get(v.url + "/api/v1/query?query=" + url.QueryEscape(query))
	if err != nil || status != http.StatusOK {
		t.Fatalf("query %s: %d %v", query, status, err)
	}
	var answer struct {
		Data struct {
			Result []struct {
				Value [2]any `json:"value"`
			} `json:"result"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || len(answer.Data.Result) != 1 {
		t.Fatalf("query %s: %v: %s", query, err, body)
	}
	text, _ := answer.Data.Result[0].Value[1].(string)
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatalf("query %s: %v", query, err)
	}
	return f
}

// generate runs headroom generate on the shop's spec.
func generate(t *testing.T, args ...string) {
	t.Helper()
	out, err := exec.Command(headroomBinary, append([]string{"generate"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("headroom generate %v: %v\n%s", args, err, out)
	}
}

// TestVictoriaMetrics has vmalert evaluate generated rules, and compares what
// they record and what the ledger reads from them with the shop's own counts.
func TestVictoriaMetrics(t *testing.T) {
	t.Parallel()
	s, am := startShop(t), startAlertmanager(t)
	v := startVictoria(t, map[string]string{"shop": s.address()})
	dir := t.TempDir()
	spec := writeFile(t, filepath.Join(dir, "slo.yaml"), shopSpec)
	rules := filepath.Join(dir, "rules.yaml")
	generate(t, spec, "--format", "vmalert", "--output", rules)
	v.alert(t, rules, am.address)
	h := startHeadroom(t, fmt.Sprintf("target: victoriametrics\nprometheus:\n  url: %q\n", v.url))
	tellStory(t, s, am, h)
	for metric, want := range map[string]int64{"slo:total:tile": s.answered.Load(), "slo:bad:tile": s.failed.Load()} {
		got := v.value(t, fmt.Sprintf(`sum(sum_over_time(%s{slo=%q}[10m]))`, metric, availability))
		if !near(got, want) {
			t.Errorf("%s adds up to %.1f, the shop counted %d", metric, got, want)
		}
		t.Logf("%s: %.1f of %d (%+.2f%%)", metric, got, want, off(got, want))
	}
	want := float64(s.failed.Load()) / float64(s.answered.Load())
	eventually(t, "the error ratio of the window follows the tiles", func() (bool, string) {
		ratio := v.value(t, fmt.Sprintf(`last_over_time(slo:error:ratio_period{slo=%q}[1m])`, availability))
		return math.Abs(ratio-want) <= tolerance*want, fmt.Sprintf("%.4f, the shop counted %.4f", ratio, want)
	})
}
