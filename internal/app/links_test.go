package app_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"headroom/internal/app"
	"headroom/internal/config"
)

// TestRulesOfTheServiceLinkAndLead reads what the service delivers: links of the
// configuration, and one alert about the rules of a service of two objectives.
func TestRulesOfTheServiceLinkAndLead(t *testing.T) {
	prometheus := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(prometheus.Close)
	address, err := url.Parse(prometheus.URL)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "out.yml")
	i := launch(t, t.TempDir(), func(o *app.Options) {
		o.Config.ExternalURL = &url.URL{Scheme: "https", Host: "slo.example"}
		o.Config.DashboardURL = "https://grafana.example/d/{uid}"
		o.Config.Prometheus = &config.Prometheus{URL: address, RulesFile: file, Reload: true, Timeout: 5 * time.Second}
		o.Config.Target = config.DefaultTarget
	})
	i.write("shop.slo.yaml", spec("shop", "99%")+"  latency: {target: 99%, ratio: {bad: 'slow_total', total: 'requests_total'}}\n")
	var text string
	i.eventually("deliver the rules of both objectives", func() (bool, string) {
		read, _ := os.ReadFile(file)
		text = string(read)
		return strings.Contains(text, "headroom/default/shop/latency/health"), text
	})
	for want, times := range map[string]int{
		"alert: SLORulesMissed\n": 1, "alert: SLODataAbsent\n": 2,
		"https://slo.example/help/alerts#slorulesmissed": 1, "https://slo.example/help/alerts#slodataabsent": 2,
		"https://slo.example/?namespace=default&service=shop": 1,
	} {
		if n := strings.Count(text, want); n != times {
			t.Errorf("%q stands %d times in the rules, want %d", want, n, times)
		}
	}
	if !strings.Contains(text, "dashboard_url: 'https://grafana.example/d/headroom-") {
		t.Error("no alert links to a dashboard")
	}
}
