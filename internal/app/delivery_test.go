package app_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"headroom/internal/app"
	"headroom/internal/config"
	"headroom/slo/diag"
)

// undelivered waits for the problem of rules that are not delivered.
func (i *instance) undelivered(hint string) (found diag.Problem) {
	i.t.Helper()
	i.eventually("complain that rules are not delivered: "+hint, func() (bool, string) {
		for _, p := range i.app.Problems() {
			if p.Check == "rules-not-delivered" && strings.Contains(p.Hint, hint) {
				found = p
				return true, ""
			}
		}
		return false, "no such problem"
	})
	return found
}

// TestDeliveryThatFails looks at the words for rules that nobody ever got, how
// often they are logged, and how soon a cause that is gone is noticed.
func TestDeliveryThatFails(t *testing.T) {
	var refuses atomic.Bool
	prometheus := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refuses.Load() || r.URL.Path != "/-/reload" {
			http.Error(w, "not now", http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(prometheus.Close)
	address, err := url.Parse(prometheus.URL)
	if err != nil {
		t.Fatal(err)
	}
	var log logged
	var ahead atomic.Int64
	dir := t.TempDir()
	file := filepath.Join(dir, "rules", "out.yml")
	refreshed := func(i *instance, name string) { // so that many refreshes have passed
		for n := range 3 {
			target := []string{"99%", "98%", "97%"}[n]
			i.write(name+".slo.yaml", spec(name, target))
			i.eventually("take "+name+" at "+target, func() (bool, string) {
				_, body := i.get("/api/v1/slos")
				return strings.Contains(body, `"default/`+name+`/availability"`) && strings.Contains(body, target), body
			})
		}
	}
	i := launch(t, dir, func(o *app.Options) {
		o.Config.Prometheus = &config.Prometheus{URL: address, RulesFile: file, Reload: true, Timeout: 5 * time.Second}
		o.Config.Target = config.DefaultTarget
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
		o.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	refreshed(i, "shop")
	if p := i.undelivered("no rules are active yet: create the directory"); strings.Contains(p.Message, ".out.yml.") || !strings.Contains(p.Message, filepath.Dir(file)) {
		t.Errorf("message %q, want the directory and no temporary file", p.Message)
	}
	if n := strings.Count(log.String(), `msg="deliver rules"`); n != 1 {
		t.Errorf("logged %d times, want once:\n%s", n, log.String())
	}

	refuses.Store(true)
	if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	i.write("shop.slo.yaml", spec("shop", "96%")) // other rules do not wait for the next try
	i.undelivered("no rules are active yet: check that prometheus.url")

	refuses.Store(false)
	ahead.Store(int64(time.Minute))
	i.eventually("deliver", func() (bool, string) { return strings.Contains(log.String(), "rules delivered"), log.String() })
	content := func() string { // nothing when it cannot be read, which the comparison finds
		text, _ := os.ReadFile(file)
		return string(text)
	}
	delivered := content()

	refuses.Store(true)
	i.write("shop.slo.yaml", spec("shop", "95%"))
	i.undelivered("the earlier rules go on")

	refuses.Store(false)
	i.write("shop.slo.yaml", spec("shop", "96%")) // as they were before the failure
	i.eventually("take the file back", func() (bool, string) { return content() == delivered, log.String() })
}

// TestRulesFileThatIsGone takes the rules file away, and its directory, too, so
// that it cannot be written again for a while.
func TestRulesFileThatIsGone(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "rules", "out.yml")
	if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	var log logged
	i := launch(t, dir, func(o *app.Options) {
		elsewhere(o)
		o.Config.Prometheus.RulesFile = file
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	i.write("shop.slo.yaml", spec("shop", "99%"))
	written := func() (bool, string) {
		text, err := os.ReadFile(file)
		return strings.Contains(string(text), "default/shop") && i.app.Datasources()[0].Rules.Delivered, fmt.Sprint(err)
	}
	i.eventually("deliver", written)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	i.eventually("write it again", written)
	i.eventually("say so", func() (bool, string) { return strings.Contains(log.String(), "the rules file was gone"), log.String() })
	if err := os.RemoveAll(filepath.Dir(file)); err != nil {
		t.Fatal(err)
	}
	i.eventually("notice that it cannot be written", func() (bool, string) { return !i.app.Datasources()[0].Rules.Delivered, log.String() })
	if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	i.eventually("write it again", written)
}
