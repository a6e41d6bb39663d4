package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// killsEnv is how often TestKilledUnderLoad kills the service, and seedEnv
// chooses the moments.
const (
	killsEnv = "HEADROOM_TEST_KILLS"
	seedEnv  = "HEADROOM_TEST_SEED"
)

const eventsSpec = `headroom: v1
service: pipelines
objectives:
  success:
    target: 60%
    window: 1h
    resolution: 10s
    events: {kind: pipeline, source: ci}
`

func fromEnv(t *testing.T, name string, usual int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// victim is a service on a directory and a port that outlive it.
type victim struct {
	*headroom

	books *books
}

const firstAccounts = 12

func newVictim(t *testing.T) *victim {
	t.Helper()
	v := &victim{headroom: &headroom{t: t, dir: t.TempDir()}, books: startBooks(t)}
	specs := filepath.Join(v.dir, "specs")
	for range firstAccounts {
		v.books.open(t, specs, "12h")
	}
	writeFile(t, filepath.Join(specs, "pipelines.slo.yaml"), eventsSpec)
	address := freeAddress(t)
	v.url = "http://" + address
	v.config = writeFile(t, filepath.Join(v.dir, "headroom.yaml"), fmt.Sprintf(
		"listen: %s\ndata_dir: data\ntick: 1s\nreload_interval: 1s\nspecs:\n- {path: specs, namespaces: [default]}\n%s", address, external(v.books.server.URL, "")))
	return v
}

// launch starts the service and does not wait for it.
func (v *victim) launch() {
	v.t.Helper()
	v.process = start(v.t, headroomBinary, "serve", "--config", v.config)
}

func (v *victim) ready() {
	v.t.Helper()
	waitReady(v.t, v.process, v.url+"/readyz")
}

func (v *victim) token() string {
	v.t.Helper()
	text, err := os.ReadFile(filepath.Join(v.dir, "data", "token"))
	if err != nil {
		v.t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// TestKilledUnderLoad kills the service at random moments, while it reads tiles,
// gaps and history, and while clients write events, corrections and notes. Every
// other time it is killed around its start, else after it has acknowledged
// something. Nothing acknowledged may be missing, nothing may be there twice,
// and every slice must hold what was counted.
func TestKilledUnderLoad(t *testing.T) {
	t.Parallel()
	kills, seed := fromEnv(t, killsEnv, 20), fromEnv(t, seedEnv, 1)
	random := rand.New(rand.NewPCG(uint64(seed), 0))
	v := newVictim(t)
	began := time.Now()
	v.launch()
	v.ready()
	boot := time.Since(began)
	w := startWriters(t, v.url, v.token())
	for round := range kills {
		if round > 0 {
			v.launch()
		}
		if round%2 == 0 {
			before := w.acknowledged()
			eventually(t, "something is acknowledged", func() (bool, string) { return w.acknowledged() > before, v.process.log.tail(2000) })
			v.dies(time.Duration(random.Int64N(int64(500 * time.Millisecond))))
		} else {
			v.dies(time.Duration(random.Int64N(int64(3 * boot / 2))))
		}
		if round%3 == 0 {
			v.books.open(t, filepath.Join(v.dir, "specs"), "26h")
		}
		if round%10 == 9 {
			soundness(t, v.config)
			v.audit(w, false)
		}
	}
	v.launch()
	v.ready()
	w.end()
	v.catchesUp(w)
	v.process.stop(syscall.SIGTERM)
	t.Logf("%d kills in %s, seed %d, start takes %s", kills, time.Since(began).Round(time.Second), seed, boot.Round(time.Millisecond))
	t.Log(soundness(t, v.config))
	v.audit(w, true)
}

// dies lets the service live for a while yet, and kills it.
func (v *victim) dies(after time.Duration) {
	v.t.Helper()
	timer := time.NewTimer(after)
	defer timer.Stop()
	select {
	case <-v.process.done:
		v.t.Fatalf("headroom ended by itself:\n%s", v.process.log.tail(8000))
	case <-timer.C:
	}
	v.kill()
}

// catchesUp waits until the ledger has all there is.
func (v *victim) catchesUp(w *writers) {
	v.t.Helper()
	eventually(v.t, "the ledger has everything", func() (bool, string) {
		for _, a := range v.books.accounts {
			if s := v.status(a.o.ID.String()); s.Data != "ok" || value(s.Coverage) != 1 {
				return false, s.String()
			}
		}
		s := v.status("default/pipelines/success")
		return s.total() == float64(len(w.runs)) && s.bad() == float64(w.failed), fmt.Sprintf("%s, %d runs, of which %d failed", s, len(w.runs), w.failed)
	})
	body, code, err := get(v.url + "/metrics")
	for result, n := range map[string]int{"good": len(w.runs) - w.failed, "bad": w.failed} {
		found := false
		for line := range strings.Lines(string(body)) {
			if strings.HasPrefix(line, "headroom_slo_events_total{") && strings.Contains(line, fmt.Sprintf("result=%q", result)) {
				found = strings.HasSuffix(strings.TrimSpace(line), fmt.Sprintf(" %d", n))
			}
		}
		if err != nil || code != http.StatusOK || !found {
			v.t.Errorf("the counter of %s runs is not %d: %d %v", result, n, code, err)
		}
	}
}

// audit compares what is kept with what was acknowledged and counted. In the
// end nothing is missing either.
func (v *victim) audit(w *writers, whole bool) {
	v.t.Helper()
	k := export(v.t, v.config)
	w.wantKept(v.t, k)
	slices := 0
	for _, a := range v.books.accounts {
		slices += k.wantSlices(v.t, a, whole)
	}
	if int64(len(k.runs)-k.pending) != k.good+k.bad || whole && k.pending > 0 {
		v.t.Errorf("%d runs are there, %d not judged yet, the counters say %d + %d", len(k.runs), k.pending, k.good, k.bad)
	}
	bad, total := int64(0), int64(0)
	for _, s := range k.slices["default/pipelines/success"] {
		bad, total = bad+s.Bad, total+s.Total
	}
	if whole && (total != 100*int64(len(w.runs)) || bad != 100*int64(w.failed) || len(k.runs) != len(w.runs)) {
		v.t.Errorf("of %d runs acknowledged, %d failed, the slices hold %d and %d hundredths, and the store %d", len(w.runs), w.failed, total, bad, len(k.runs))
	}
	if whole {
		v.t.Logf("%d runs, %d corrections, %d revocations, %d notes acknowledged; %d slices of %d accounts exact", len(w.runs), len(w.corrections), len(w.revoked), len(w.notes), slices, len(v.books.accounts))
	}
	if v.t.Failed() {
		v.t.FailNow()
	}
}
