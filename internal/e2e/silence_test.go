package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// restartable is Debian's Alertmanager at an address that outlives it.
type restartable struct {
	t       *testing.T
	dir     string
	address string
	process *process
}

func (a *restartable) start() {
	a.t.Helper()
	file := writeFile(a.t, filepath.Join(a.dir, "alertmanager.yml"), "route: {receiver: none}\nreceivers: [{name: none}]\n")
	a.process = start(a.t, server(a.t, "prometheus-alertmanager", "prometheus-alertmanager"),
		"--config.file="+file, "--storage.path="+filepath.Join(a.dir, "data"), "--web.listen-address="+a.address, "--cluster.listen-address=")
	waitReady(a.t, a.process, "http://"+a.address+"/-/ready")
}

type foundSilence struct {
	Comment   string
	CreatedBy string
	StartsAt  time.Time
	EndsAt    time.Time
	Matchers  []struct {
		Name, Value string
		IsRegex     bool
	}
	Status struct{ State string }
}

func (a *restartable) silences() ([]foundSilence, error) {
	body, status, err := get("http://" + a.address + "/api/v2/silences")
	if err != nil || status != http.StatusOK {
		return nil, fmt.Errorf("%d %w", status, err)
	}
	var list []foundSilence
	return list, json.Unmarshal(body, &list)
}

// has waits until the silences have these states, in any order.
func (a *restartable) has(active, pending, expired int) []foundSilence {
	a.t.Helper()
	var list []foundSilence
	eventually(a.t, fmt.Sprintf("%d active, %d pending and %d expired silences", active, pending, expired), func() (bool, string) {
		var err error
		if list, err = a.silences(); err != nil {
			return false, err.Error()
		}
		states := map[string]int{}
		for _, s := range list {
			states[s.Status.State]++
		}
		return states["active"] == active && states["pending"] == pending && states["expired"] == expired, fmt.Sprintf("%+v", list)
	})
	return list
}

// TestCorrectionsSilence declares corrections for now and for tomorrow, and
// demands one silence of each, over restarts of headroom and of Alertmanager,
// and none once they are revoked, although Alertmanager was away then.
func TestCorrectionsSilence(t *testing.T) {
	t.Parallel()
	a := &restartable{t: t, dir: t.TempDir(), address: freeAddress(t)}
	a.start()
	h := startHeadroom(t, fmt.Sprintf("alertmanagers: [%q]\nreload_interval: 200ms\n", "http://"+a.address))
	correct := func(args ...string) string {
		t.Helper()
		p := start(t, headroomBinary, append(append([]string{"correction"}, args...), "--url", h.url, "--token-file", filepath.Join(h.dir, "data", "token"))...)
		<-p.done
		if code := p.cmd.ProcessState.ExitCode(); code != 0 {
			t.Fatalf("headroom correction %v exits %d:\n%s", args, code, p.log.tail(2000))
		}
		return p.log.tail(4000)
	}
	eventually(t, "the objectives are known", func() (bool, string) {
		body, status, err := get(h.url + "/readyz")
		return err == nil && status == http.StatusOK, string(body)
	})
	said := correct("add", "--service", "shop", "--category", "load-test", "--reason", "Load test.", "--from", "now", "--to", "+2h", "--yes")
	if !strings.Contains(said, "Correction 1 is in force.") {
		t.Errorf("says %s", said)
	}
	correct("add", "--id", "shop/latency", "--category", "planned-maintenance", "--reason", "Upgrade.", "--from", "+24h", "--to", "+26h", "--yes")
	list := a.has(1, 1, 0)
	for _, s := range list {
		want := "default/shop/availability|default/shop/latency"
		if s.Status.State == "pending" {
			want = "default/shop/latency"
		}
		if s.CreatedBy != "headroom" || len(s.Matchers) != 1 || s.Matchers[0].Name != "slo" || s.Matchers[0].Value != want {
			t.Errorf("silence %+v, want the matcher slo of %s", s, want)
		}
	}
	address := a.address
	send(t, address, map[string]string{"alertname": "x", "slo": "default/shop/latency"}, map[string]string{"alertname": "x", "slo": "default/other/latency"})
	for slo, want := range map[string]string{"default/shop/latency": "suppressed", "default/other/latency": "active"} {
		eventually(t, slo+" is "+want, func() (bool, string) {
			got := state(t, address, map[string]string{"alertname": "x", "slo": slo})
			return got == want, got
		})
	}

	h.process.stop(syscall.SIGTERM)
	h.start()
	a.process.stop(syscall.SIGTERM)
	correct("revoke", "1", "--reason", "Called off.", "--yes")
	eventually(t, "the problem is shown", func() (bool, string) {
		body, _, _ := get(h.url + "/api/v1/problems")
		return strings.Contains(string(body), "silence-not-made"), string(body)
	})
	a.start()
	a.has(0, 1, 1)
	eventually(t, "the problem is gone", func() (bool, string) {
		body, _, _ := get(h.url + "/api/v1/problems")
		return !strings.Contains(string(body), "silence-not-made"), string(body)
	})
	correct("revoke", "2", "--yes")
	a.has(0, 0, 2)
	if list := correct("list"); strings.Count(list, "revoked") != 2 {
		t.Errorf("lists %s", list)
	}
}
