package engine_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"headroom/internal/engine"
)

// syncBuffer is a log that several goroutines write to.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// recorded starts an engine in a directory and waits for a few samples of a
// recorded series.
func recorded(t *testing.T, dir string) (e *engine.Engine, stop func()) {
	t.Helper()
	shop := newShop(t)
	e = newEngine(t, engine.Options{Dir: dir, Targets: []engine.Target{shop.target()}})
	if err := e.Apply(context.Background(), []byte(engineRules)); err != nil {
		t.Fatal(err)
	}
	stop = run(t, e)
	eventually(t, "five recorded samples", func() bool {
		n, _ := value(t, e, "count_over_time(requests:increase10s[1m])")
		return n >= 5
	})
	return e, stop
}

func TestEngineKeepsDataOverRestart(t *testing.T) {
	dir := t.TempDir()
	e, stop := recorded(t, dir)
	at := time.Now()
	before := one(t, e, "count_over_time(requests:increase10s[1m])", at)
	stop()
	again := newEngine(t, engine.Options{Dir: dir})
	if got := one(t, again, "count_over_time(requests:increase10s[1m])", at); got < before {
		t.Errorf("%v samples after the restart, %v before", got, before)
	}
}

// TestEngineSurvivesKill opens a copy of the directory of a running engine: what
// a kill -9 leaves, the lock file included.
func TestEngineSurvivesKill(t *testing.T) {
	dir := t.TempDir()
	e, _ := recorded(t, dir)
	at := time.Now()
	before := one(t, e, "count_over_time(requests:increase10s[1m])", at)
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(copied, "tsdb", "lock")); err != nil {
		t.Fatalf("the copy has no lock file to be in the way: %v", err)
	}
	again := newEngine(t, engine.Options{Dir: copied})
	if got := one(t, again, "count_over_time(requests:increase10s[1m])", at); got < before {
		t.Errorf("%v samples after the kill, %v before", got, before)
	}
}

func TestEngineRepairsDamagedLogAndSaysSo(t *testing.T) {
	dir := t.TempDir()
	_, stop := recorded(t, dir)
	at := time.Now()
	stop()
	damage(t, filepath.Join(dir, "tsdb", "wal", "00000000"))
	var log syncBuffer
	again := newEngine(t, engine.Options{Dir: dir, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if got := one(t, again, "count_over_time(requests:increase10s[1m])", at); got < 1 {
		t.Errorf("%v samples before the damage are left", got)
	}
	if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "repair") {
		t.Errorf("log says nothing of the repair:\n%s", log.String())
	}
}

// damage breaks the last quarter of what was written to a segment.
func damage(t *testing.T, segment string) {
	t.Helper()
	data, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	end := len(bytes.TrimRight(data, "\x00"))
	for i := end * 3 / 4; i < end; i++ {
		data[i] ^= 0x5a
	}
	if err := os.WriteFile(segment, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestEngineDirectoryInUse(t *testing.T) {
	dir := t.TempDir()
	newEngine(t, engine.Options{Dir: dir})
	second, err := engine.New(engine.Options{Dir: dir})
	if err == nil {
		_ = second.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "another process has it open") {
		t.Errorf("second engine: %v", err)
	}
}

// TestEngineRestoresAlertState restarts an engine whose alert fires: it goes on
// as the same alert instead of beginning anew.
func TestEngineRestoresAlertState(t *testing.T) {
	const alertRules = "groups: [{name: a, interval: 100ms, rules: [{alert: Always, expr: vector(1), for: 1s}]}]"
	dir := t.TempDir()
	start := func() (*engine.Engine, func()) {
		e := newEngine(t, engine.Options{Dir: dir})
		if err := e.Apply(context.Background(), []byte(alertRules)); err != nil {
			t.Fatal(err)
		}
		return e, run(t, e)
	}
	e, stop := start()
	eventually(t, "the alert to fire", func() bool { _, ok := value(t, e, `ALERTS{alertstate="firing"}`); return ok })
	activeSince, _ := value(t, e, "ALERTS_FOR_STATE")
	stop()
	restarted := time.Now()
	e, _ = start()
	eventually(t, "the alert's state after the restart", func() bool {
		v, ok := value(t, e, "timestamp(ALERTS_FOR_STATE)")
		return ok && v > float64(restarted.UnixMilli())/1000
	})
	if got, _ := value(t, e, "ALERTS_FOR_STATE"); got != activeSince {
		t.Errorf("active since %v after the restart, %v before", got, activeSince)
	}
}

// TestEnginesBesideOneAnother runs three engines in one process.
func TestEnginesBesideOneAnother(t *testing.T) {
	for range 3 {
		e := newEngine(t, engine.Options{})
		if err := e.Apply(context.Background(), []byte("groups: [{name: a, interval: 50ms, rules: [{record: one, expr: vector(1)}]}]")); err != nil {
			t.Fatal(err)
		}
		run(t, e)
		defer eventually(t, "the rule", func() bool { _, ok := value(t, e, "one"); return ok })
	}
}
