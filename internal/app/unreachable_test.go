package app_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	v1 "headroom/api/v1"
	"headroom/internal/app"
	"headroom/internal/config"
)

func TestUnreadableMetricsStoreIsSaid(t *testing.T) {
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "who are you?", http.StatusUnauthorized)
	}))
	defer refusing.Close()
	address, err := url.Parse(refusing.URL)
	if err != nil {
		t.Fatal(err)
	}
	i := launch(t, t.TempDir(), func(o *app.Options) {
		o.Config.Engine = nil
		o.Config.Target = config.DefaultTarget
		o.Config.Prometheus = &config.Prometheus{URL: address, Timeout: time.Second}
	})
	i.write("slo.yaml", spec("shop", "99%"))
	i.eventually("the reason names the refusal", func() (bool, string) {
		slos, err := i.client.SLOs(t.Context(), v1.Filter{})
		if err != nil || len(slos) != 1 {
			return false, "no objective"
		}
		s := slos[0]
		return strings.Contains(s.Reason, "401") && s.Total == nil && s.BudgetState == "unknown", s.Reason
	})
	i.complains("metrics-store-unreadable")
	if hint := i.app.Problems()[0].Hint; !strings.Contains(hint, "must run, be reachable from here at "+refusing.URL+" and") || !strings.Contains(hint, "tries again by itself") {
		t.Errorf("what mends it: %q", hint)
	}
}
