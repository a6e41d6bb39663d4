package promapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"headroom/budget"
	"headroom/internal/loopback"
	"headroom/internal/promapi"
	"headroom/internal/queriertest"
)

// realPrometheus is a Prometheus server of the system on directories of its own.
type realPrometheus struct {
	url       *url.URL
	rulesFile string
}

// startPrometheus starts a server that holds the given series.
func startPrometheus(t *testing.T, data []budget.Series, flags ...string) *realPrometheus {
	t.Helper()
	dir := t.TempDir()
	p := &realPrometheus{rulesFile: filepath.Join(dir, "headroom.yml")}
	config := filepath.Join(dir, "prometheus.yml")
	write(t, config, fmt.Sprintf("global: {evaluation_interval: 200ms}\nrule_files: [%q]\n", p.rulesFile))
	if len(data) > 0 {
		write(t, filepath.Join(dir, "data.om"), openMetrics(data))
		output, err := exec.Command(program(t, "promtool"), "tsdb", "create-blocks-from", "openmetrics", filepath.Join(dir, "data.om"), filepath.Join(dir, "data")).CombinedOutput()
		if err != nil {
			t.Fatalf("promtool: %v\n%s", err, output)
		}
	}
	address := freeAddress(t)
	var log bytes.Buffer
	cmd := exec.Command(program(t, "prometheus"), append([]string{
		"--config.file=" + config, "--storage.tsdb.path=" + filepath.Join(dir, "data"), "--storage.tsdb.retention.time=10y",
		"--web.listen-address=" + address, "--log.level=warn",
	}, flags...)...)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := <-exited; err != nil || t.Failed() {
			t.Logf("prometheus ended: %v\n%s", err, log.String())
		}
	})
	p.url = &url.URL{Scheme: "http", Host: address}
	eventually(t, "prometheus to be ready", func() bool {
		response, err := http.Get(p.url.JoinPath("-", "ready").String())
		if err != nil {
			return false
		}
		return response.Body.Close() == nil && response.StatusCode == http.StatusOK
	})
	return p
}

func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing; install it with: apt-get install -y prometheus", name)
	}
	return path
}

func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := loopback.Address(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// eventually waits until a condition holds; what names it in the failure.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("waited 30 s for: %s", what)
		case <-tick.C:
		}
	}
}

// openMetrics writes series in the format that promtool makes blocks of.
func openMetrics(data []budget.Series) string {
	var b strings.Builder
	for _, s := range data {
		var labels []string
		for name, value := range s.Labels {
			if name != "__name__" {
				labels = append(labels, name+`="`+strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(value)+`"`)
			}
		}
		for _, p := range s.Points {
			fmt.Fprintf(&b, "%s{%s} %v %.3f\n", s.Labels["__name__"], strings.Join(labels, ","), p.V, float64(p.T)/1000)
		}
	}
	return b.String() + "# EOF\n"
}

func (p *realPrometheus) client(t *testing.T) *promapi.Client {
	t.Helper()
	return newClient(t, promapi.Options{URL: p.url})
}

func newClient(t *testing.T, o promapi.Options) *promapi.Client {
	t.Helper()
	c, err := promapi.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestClientIsQuerier(t *testing.T) {
	p := startPrometheus(t, queriertest.Data())
	queriertest.Run(t, p.client(t))
}

func ruleFile(name, expr string) []byte {
	return fmt.Appendf(nil, "groups:\n- name: a\n  interval: 200ms\n  rules:\n  - record: %s\n    expr: %s\n", name, expr)
}

func TestDeliveryToPrometheus(t *testing.T) {
	p := startPrometheus(t, nil, "--web.enable-lifecycle")
	client := p.client(t)
	delivery := &promapi.Delivery{RulesFile: p.rulesFile, Client: client}
	ctx := context.Background()
	recorded := func(name string) func() bool {
		return func() bool {
			series, err := client.Instant(ctx, name, time.Now())
			return err == nil && len(series) == 1
		}
	}
	if err := delivery.Apply(ctx, ruleFile("bad", "sum(")); err == nil || !strings.Contains(err.Error(), "500") {
		t.Fatalf("bad rules as the first file: %v", err)
	}
	if _, err := os.Stat(p.rulesFile); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the refused file is still there: %v", err)
	}
	if err := delivery.Apply(ctx, ruleFile("good", "vector(1)")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the delivered rule", recorded("good"))

	err := delivery.Apply(ctx, ruleFile("bad", "sum(increase(x[5m] anchored))"))
	if err == nil || !strings.Contains(err.Error(), "the former rules are active again") {
		t.Fatalf("rules of a newer dialect: %v", err)
	}
	if data, err := os.ReadFile(p.rulesFile); err != nil || !bytes.Equal(data, ruleFile("good", "vector(1)")) {
		t.Errorf("the former file is not back: %s, %v", data, err)
	}
	if err := delivery.Apply(ctx, ruleFile("better", "vector(1)")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the next rule", recorded("better"))
}

func TestDeliveryWithoutLifecycle(t *testing.T) {
	p := startPrometheus(t, nil)
	delivery := &promapi.Delivery{RulesFile: p.rulesFile, Client: p.client(t)}
	err := delivery.Apply(context.Background(), ruleFile("good", "vector(1)"))
	if !errors.Is(err, promapi.ErrLifecycle) || !strings.Contains(err.Error(), "--web.enable-lifecycle") {
		t.Errorf("got %v, want how to mend it", err)
	}
	if data, err := os.ReadFile(p.rulesFile); err != nil || !bytes.Equal(data, ruleFile("good", "vector(1)")) {
		t.Errorf("the file is not there for a reload by other means: %s, %v", data, err)
	}
}
