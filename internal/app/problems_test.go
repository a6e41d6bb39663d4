package app_test

import (
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"headroom/internal/app"
)

// TestHintsNameTheDataDirectory puts a directory where a file of it is to be.
func TestHintsNameTheDataDirectory(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	if err := os.MkdirAll(filepath.Join(data, "defaults.json"), 0o750); err != nil {
		t.Fatal(err)
	}
	i := launch(t, dir, func(o *app.Options) { o.Config.Defaults = []string{filepath.Join(dir, "defaults")} })
	i.write("shop.slo.yaml", spec("shop", "99%"))
	i.eventually("name the data directory", func() (bool, string) {
		for _, p := range i.app.Problems() {
			if p.Check == "last-good-not-kept" {
				return p.Hint == "see to the data directory "+data, p.Hint
			}
		}
		return false, "no such problem"
	})
}

// TestReadyInSpiteOfBrokenSpecs keeps what docs/running.md says of /readyz.
func TestReadyInSpiteOfBrokenSpecs(t *testing.T) {
	i := launch(t, t.TempDir(), nil)
	i.write("shop.slo.yaml", spec("shop", "0.99"))
	i.complains("target-format")
	if code, body := i.get("/readyz"); code != http.StatusOK {
		t.Errorf("/readyz: %d %s", code, body)
	}
}

// TestProblemsOfFilesAreLogged breaks a spec, leaves it broken for many
// refreshes, and mends it.
func TestProblemsOfFilesAreLogged(t *testing.T) {
	log := &logged{}
	i := launch(t, t.TempDir(), func(o *app.Options) { o.Logger = slog.New(slog.NewTextHandler(log, nil)) })
	i.write("shop.slo.yaml", spec("shop", "99%"))
	i.serves("default/shop/availability 99%")
	i.write("shop.slo.yaml", spec("shop", "0.99"))
	i.eventually("log the problem", func() (bool, string) {
		return strings.Contains(log.String(), "[target-format]") && strings.Contains(log.String(), "write target: 99%"), log.String()
	})
	for _, service := range []string{"one", "two"} { // so that refreshes pass
		i.write(service+".slo.yaml", spec(service, "98%"))
		i.eventually("take "+service, func() (bool, string) {
			_, body := i.get("/api/v1/slos")
			return strings.Contains(body, "default/"+service), body
		})
	}
	if n := strings.Count(log.String(), "[target-format]"); n != 1 {
		t.Errorf("logged %d times, want once:\n%s", n, log.String())
	}
	i.write("shop.slo.yaml", spec("shop", "97%"))
	i.eventually("log that it is gone", func() (bool, string) {
		return strings.Contains(log.String(), `level=INFO msg="a problem of a file is gone"`), log.String()
	})
}
