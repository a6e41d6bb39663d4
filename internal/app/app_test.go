package app_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"headroom/api/client"
	v1 "headroom/api/v1"
	"headroom/internal/app"
	"headroom/internal/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const deadline = 30 * time.Second

func spec(service, target string) string {
	return fmt.Sprintf(`headroom: v1
service: %s
objectives:
  availability:
    target: %s
    window: 1h
    resolution: 10s
    ratio: {bad: 'http_requests_total{job="%[1]s",code=~"5.."}', total: 'http_requests_total{job="%[1]s"}'}
`, service, target)
}

// instance is a running service on a directory that outlives it.
type instance struct {
	t      *testing.T
	dir    string
	app    *app.App
	client *client.Client
	stop   func()
}

func launch(t *testing.T, dir string, change func(*app.Options)) *instance {
	t.Helper()
	c := config.Default()
	c.Listen = "127.0.0.1:0"
	c.DataDir = filepath.Join(dir, "data")
	c.Specs = []config.SpecSource{{Path: filepath.Join(dir, "specs"), Namespaces: []string{"default"}}}
	c.ReloadInterval = 20 * time.Millisecond
	c.Tick = 50 * time.Millisecond
	o := app.Options{Config: c}
	if change != nil {
		change(&o)
	}
	a, err := app.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	transport := &http.Transport{}
	cl, err := client.New(a.URL(), client.Options{HTTPClient: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	i := &instance{t: t, dir: dir, app: a, client: cl}
	stopped := false
	i.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("stop: %v", err)
		}
		transport.CloseIdleConnections()
	}
	t.Cleanup(i.stop)
	return i
}

func (i *instance) write(name, content string) {
	i.t.Helper()
	path := filepath.Join(i.dir, "specs", name)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		i.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		i.t.Fatal(err)
	}
}

func (i *instance) remove(name string) {
	i.t.Helper()
	if err := os.RemoveAll(filepath.Join(i.dir, "specs", name)); err != nil {
		i.t.Fatal(err)
	}
}

// serves waits until exactly these objectives, written "id target", are served.
func (i *instance) serves(want ...string) {
	i.t.Helper()
	i.eventually(fmt.Sprintf("serve %v", want), func() (bool, string) {
		slos, err := i.client.SLOs(i.t.Context(), v1.Filter{})
		if err != nil {
			return false, err.Error()
		}
		var got []string
		for _, s := range slos {
			got = append(got, s.ID.String()+" "+s.Target.String())
		}
		return strings.Join(got, ",") == strings.Join(want, ","), strings.Join(got, ",")
	})
}

// complains waits until the problems have exactly these checks, or none.
func (i *instance) complains(checks ...string) {
	i.t.Helper()
	i.eventually(fmt.Sprintf("show problems %v", checks), func() (bool, string) {
		problems, err := i.client.Problems(i.t.Context())
		if err != nil {
			return false, err.Error()
		}
		var got []string
		for _, p := range problems {
			got = append(got, p.Check)
		}
		return strings.Join(got, ",") == strings.Join(checks, ","), fmt.Sprint(problems)
	})
}

// rules returns the rules file of the embedded engine.
func (i *instance) rules() string {
	i.t.Helper()
	var all strings.Builder
	matches, err := filepath.Glob(filepath.Join(i.dir, "data", "metrics", "*.y*ml"))
	if err != nil {
		i.t.Fatal(err)
	}
	for _, path := range matches {
		content, err := os.ReadFile(path)
		if err != nil {
			i.t.Fatal(err)
		}
		all.Write(content)
	}
	return all.String()
}

func (i *instance) eventually(what string, ok func() (bool, string)) {
	i.t.Helper()
	ctx, cancel := context.WithTimeout(i.t.Context(), deadline)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		done, words := ok()
		if done {
			return
		}
		select {
		case <-ctx.Done():
			i.t.Fatalf("%s: not after %v; last seen: %s", what, deadline, words)
		case <-tick.C:
		}
	}
}

func (i *instance) get(path string) (int, string) {
	i.t.Helper()
	resp, err := http.Get(strings.TrimSuffix(i.app.URL(), "/") + path)
	if err != nil {
		i.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		i.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestSpecsComeChangeBreakAndGo(t *testing.T) {
	i := launch(t, t.TempDir(), nil)
	i.write("shop.slo.yaml", spec("shop", "99%"))
	i.write("cart.slo.yaml", spec("cart", "98%"))
	i.serves("default/cart/availability 98%", "default/shop/availability 99%")
	i.complains()

	i.write("shop.slo.yaml", spec("shop", "99.5%"))
	i.serves("default/cart/availability 98%", "default/shop/availability 99.5%")

	i.write("shop.slo.yaml", spec("shop", "0.999"))
	i.write("cart.slo.yaml", spec("cart", "97%"))
	i.serves("default/cart/availability 97%", "default/shop/availability 99.5%")
	i.complains("last-good-used", "target-format")

	i.remove("shop.slo.yaml")
	i.serves("default/cart/availability 97%")
	i.complains()
	i.eventually("the removed file's rules go", func() (bool, string) {
		rules := i.rules()
		return strings.Contains(rules, "default/cart/") && !strings.Contains(rules, "default/shop/"), rules
	})
}

func TestLastGoodSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	i := launch(t, dir, nil)
	i.write("shop.slo.yaml", spec("shop", "99%"))
	i.serves("default/shop/availability 99%")
	i.write("shop.slo.yaml", "headroom: v1\nservice: shop\nobjectives: [\n")
	i.eventually("complain", func() (bool, string) { return len(i.app.Problems()) > 0, "no problem" })
	i.stop()

	again := launch(t, dir, nil)
	again.serves("default/shop/availability 99%")
	again.eventually("complain after a restart", func() (bool, string) { return len(again.app.Problems()) > 0, "no problem" })
	if rules := again.rules(); !strings.Contains(rules, "default/shop/availability") {
		t.Errorf("the rules of the last good version are gone: %s", rules)
	}
}

func TestEmptiedDirectoryRemovesNothing(t *testing.T) {
	dir := t.TempDir()
	i := launch(t, dir, nil)
	i.write("shop.slo.yaml", spec("shop", "99%"))
	i.serves("default/shop/availability 99%")
	i.remove(".")
	i.eventually("complain", func() (bool, string) { return len(i.app.Problems()) > 0, "no problem" })
	i.serves("default/shop/availability 99%")
	i.stop()

	again := launch(t, dir, nil)
	again.serves("default/shop/availability 99%")
	again.stop()

	meant := launch(t, dir, func(o *app.Options) { o.AllowEmpty = true })
	meant.serves()
}

func TestForeignNamespaceIsRefused(t *testing.T) {
	i := launch(t, t.TempDir(), nil)
	i.write("mine.slo.yaml", spec("shop", "99%"))
	i.write("theirs.slo.yaml", spec("payments/api", "99%"))
	i.complains("namespace-not-allowed")
	i.serves("default/shop/availability 99%")
}

func TestSeveralInOneProcess(t *testing.T) {
	for n := range 3 {
		i := launch(t, t.TempDir(), nil)
		i.write("slo.yaml", spec(fmt.Sprintf("shop-%d", n), "99%"))
		defer i.serves(fmt.Sprintf("default/shop-%d/availability 99%%", n))
	}
}

func TestNothingMeasuredIsNotPerfect(t *testing.T) {
	i := launch(t, t.TempDir(), nil)
	i.write("slo.yaml", spec("shop", "99%"))
	i.serves("default/shop/availability 99%")
	slos, err := i.client.SLOs(t.Context(), v1.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	s := slos[0]
	if s.ErrorRatio != nil || s.Total != nil || s.Budget.Remaining != nil || s.BudgetState != "unknown" {
		t.Errorf("numbers without data: %+v", s)
	}
	if code, body := i.get("/metrics"); code != http.StatusOK || strings.Contains(body, "headroom_slo_budget_remaining_ratio{") {
		t.Errorf("/metrics: %d, or a remaining budget without data", code)
	}
	if code, body := i.get("/readyz"); code != http.StatusOK {
		t.Errorf("/readyz: %d %s", code, body)
	}
}

func TestTwoOnOneDataDirectory(t *testing.T) {
	dir := t.TempDir()
	launch(t, dir, nil)
	c := config.Default()
	c.Listen = "127.0.0.1:0"
	c.DataDir = filepath.Join(dir, "data")
	if a, err := app.New(t.Context(), app.Options{Config: c}); err == nil {
		_ = a.Close()
		t.Fatal("two services share one data directory")
	} else if !strings.Contains(err.Error(), "in use") {
		t.Errorf("the error does not say that the directory is in use: %v", err)
	}
}
