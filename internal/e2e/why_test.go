package e2e

import (
	"encoding/json"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// chain is what headroom why prints as JSON, as far as it is checked here.
type chain struct {
	At       time.Time
	Declared struct{ Target string }
	Window   struct{ Start, End time.Time }
	Slices   []struct {
		Source     string
		Slices     int
		Bad, Total json.Number
	}
	Raw, Corrected struct{ Bad, Total json.Number }
	Corrections    []struct {
		ID, Reason, Author string
		Bad, Total         json.Number
	}
	Arithmetic []struct {
		Name, Calculation, Result string
		Exact                     bool
		Value                     json.Number
	}
	Recorded struct {
		At    time.Time
		Tiles struct{ Bad, Total string }
	}
}

// TestWhy asks a real program over a real Prometheus how a number came to be,
// and checks the chain link by link: the slices add up to the raw sum, what the
// correction took out leads to the corrected one, the arithmetic can be done on
// paper, its result is the number everywhere, and Prometheus has the same tiles.
func TestWhy(t *testing.T) {
	t.Parallel()
	s := startShop(t)
	p := startPrometheus(t, map[string]string{"shop": s.address()}, "")
	h := startHeadroom(t, external(p.url, p.rulesFile))
	measuring(t, h)
	stop := s.customers(t, requestsPerSecond)
	traffic(12 * time.Second)
	outage(t, s, 12*time.Second)
	traffic(12 * time.Second)
	stop()
	settles(t, h, availability, s.answered.Load(), s.failed.Load())
	now := time.Now().UTC()
	h.run("correction", "add", "--id", "shop/availability", "--category", "load-test", "--reason", "more than there ever is",
		"--from", now.Add(-time.Hour).Format(time.RFC3339), "--to", now.Add(-20*time.Second).Format(time.RFC3339), "--yes")

	var all []chain
	eventually(t, "the correction counts", func() (bool, string) {
		text := h.run("why", "shop/availability", "--json")
		if err := json.Unmarshal([]byte(text), &all); err != nil || len(all) != 1 {
			return false, text
		}
		return len(all[0].Corrections) == 1, text
	})
	c := all[0]
	t.Logf("slices %+v, raw %+v, corrected %+v", c.Slices, c.Raw, c.Corrected)
	adds(t, c)
	remaining := onPaper(t, c)
	everywhere(t, h, remaining)
	inPrometheus(t, p, c)
	documented(t, h)
	eventually(t, "outlooks are made", func() (bool, string) {
		body, _, _ := get(h.url + "/metrics")
		return strings.Contains(string(body), "headroom_slo_incidents{"), ""
	})
	documentedMetrics(t, h)
}

// run runs a command of the program against the service and returns what it
// prints.
func (h *headroom) run(args ...string) string {
	h.t.Helper()
	cmd := exec.Command(headroomBinary, append(args, "--url", h.url, "--token-file", filepath.Join(h.dir, "data", "token"))...)
	out, err := cmd.Output()
	if err != nil {
		h.t.Fatalf("headroom %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func rat(t *testing.T, n json.Number) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(string(n))
	if !ok {
		t.Fatalf("%q is no number", n)
	}
	return r
}

func same(t *testing.T, what string, got, want *big.Rat) {
	t.Helper()
	if got.Cmp(want) != 0 {
		t.Errorf("%s: %s, want %s", what, got.FloatString(6), want.FloatString(6))
	}
}

// adds checks that slices add up to the raw sum, and that what corrections took
// out of it leaves the corrected one.
func adds(t *testing.T, c chain) {
	t.Helper()
	bad, total := new(big.Rat), new(big.Rat)
	for _, s := range c.Slices {
		bad, total = bad.Add(bad, rat(t, s.Bad)), total.Add(total, rat(t, s.Total))
	}
	same(t, "bad of all slices", bad, rat(t, c.Raw.Bad))
	same(t, "total of all slices", total, rat(t, c.Raw.Total))
	for _, a := range c.Corrections {
		bad, total = bad.Sub(bad, rat(t, a.Bad)), total.Sub(total, rat(t, a.Total))
	}
	same(t, "bad as corrected", bad, rat(t, c.Corrected.Bad))
	same(t, "total as corrected", total, rat(t, c.Corrected.Total))
	if rat(t, c.Corrections[0].Total).Sign() <= 0 || c.Corrections[0].Reason != "more than there ever is" {
		t.Errorf("the correction took out nothing: %+v", c.Corrections)
	}
}

// onPaper computes what is left from the target and the corrected sums alone.
func onPaper(t *testing.T, c chain) float64 {
	t.Helper()
	target := rat(t, json.Number(strings.TrimSuffix(c.Declared.Target, "%")))
	allowed := new(big.Rat).Sub(big.NewRat(1, 1), target.Quo(target, big.NewRat(100, 1)))
	want := new(big.Rat).Quo(rat(t, c.Corrected.Bad), allowed.Mul(allowed, rat(t, c.Corrected.Total)))
	want.Sub(big.NewRat(1, 1), want)
	for _, step := range c.Arithmetic {
		if step.Name != "remaining" {
			continue
		}
		if near := new(big.Rat).Sub(rat(t, json.Number(step.Result)), want); near.Abs(near).Cmp(big.NewRat(1, 1_000_000_000_000)) > 0 {
			t.Errorf("remaining is %s, on paper %s", step.Result, want.FloatString(15))
		}
		value, _ := step.Value.Float64()
		if exact, _ := want.Float64(); value != exact {
			t.Errorf("the balance says %v, on paper %v", value, exact)
		}
		return value
	}
	t.Fatalf("the arithmetic has no remaining: %+v", c.Arithmetic)
	return 0
}

// everywhere demands the same number of the API, the metrics and the page. The
// window moves on; it holds all of the traffic, so that the sums stay.
func everywhere(t *testing.T, h *headroom, remaining float64) {
	t.Helper()
	eventually(t, "the API has the number", func() (bool, string) {
		got := h.status(availability)
		return value(got.Budget.Remaining) == remaining, got.String()
	})
	want := "headroom_slo_budget_remaining_ratio" + `{slo="` + availability + `",namespace="default",service="shop",objective="availability",owner="team-shop"} ` + strconv.FormatFloat(remaining, 'g', -1, 64)
	eventually(t, "the metrics have the number", func() (bool, string) {
		body, _, _ := get(h.url + "/metrics")
		return strings.Contains(string(body), want+"\n"), want
	})
	body, status, err := get(h.url + "/slos/" + availability + "/why")
	if err != nil || status != http.StatusOK || !strings.Contains(string(body), "more than there ever is") || !strings.Contains(string(body), "How it is computed") {
		t.Errorf("the page of the chain: %d, %v: %.500s", status, err, body)
	}
	body, status, err = get(h.url + "/slos/" + availability + "/attribution?by=code")
	if err != nil || status != http.StatusOK || !strings.Contains(string(body), "stands out") {
		t.Errorf("the page of what spent it: %d, %v: %.500s", status, err, body)
	}
}

// inPrometheus evaluates what the chain says to check it by. Tiles are recorded
// as floats, and the ledger keeps hundredths of an event.
func inPrometheus(t *testing.T, p *prometheus2, c chain) {
	t.Helper()
	for _, one := range []struct {
		query string
		want  json.Number
	}{{c.Recorded.Tiles.Bad, c.Raw.Bad}, {c.Recorded.Tiles.Total, c.Raw.Total}} {
		asked := url.Values{"query": {one.query}, "time": {c.Recorded.At.Format(time.RFC3339Nano)}}
		body, status, err := get(p.url + "/api/v1/query?" + asked.Encode())
		var answer struct {
			Data struct {
				Result []struct{ Value [2]any }
			}
		}
		if err != nil || status != http.StatusOK || json.Unmarshal(body, &answer) != nil || len(answer.Data.Result) != 1 {
			t.Fatalf("ask Prometheus for %s: %d, %v: %s", one.query, status, err, body)
		}
		text, _ := answer.Data.Result[0].Value[1].(string)
		got, err := strconv.ParseFloat(text, 64)
		want, _ := one.want.Float64()
		if err != nil || got < want-1 || got > want+1 {
			t.Errorf("%s is %s in Prometheus, and %v in the ledger", one.query, text, want)
		}
	}
}

// documented runs the commands that docs/ledger.md shows, about the shop.
func documented(t *testing.T, h *headroom) {
	t.Helper()
	text, err := os.ReadFile("../../docs/ledger.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := regexp.MustCompile(`(?m)^headroom (why .*)$`).FindAllStringSubmatch(string(text), -1)
	if len(commands) < 2 {
		t.Fatalf("docs/ledger.md shows %d commands", len(commands))
	}
	for _, command := range commands {
		out := h.run(strings.Fields(strings.ReplaceAll(command[1], "checkout/availability", "shop/availability"))...)
		if !strings.Contains(out, "shop/availability") && strings.TrimSpace(out) != "[]" {
			t.Errorf("headroom %s prints %s", command[1], out)
		}
	}
}

// documentedMetrics compares the metrics of the running program with those that
// docs/metrics.md tells of.
func documentedMetrics(t *testing.T, h *headroom) {
	t.Helper()
	text, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	body, _, err := get(h.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	served := regexp.MustCompile(`(?m)^# TYPE (headroom_[a-z_]+) `).FindAllStringSubmatch(string(body), -1)
	var names []string
	for _, one := range served {
		names = append(names, one[1])
		if !strings.HasPrefix(one[1], "headroom_engine_") && !strings.Contains(string(text), "| `"+one[1]+"` |") {
			t.Errorf("docs/metrics.md does not tell of %s", one[1])
		}
	}
	// Some are only there when there is something to tell.
	seldom := []string{
		"headroom_slo_forecast_recovery_seconds", "headroom_webhook_deliveries_total", "headroom_slo_events_total",
		"headroom_slo_events_unjudged_total", "headroom_problems",
	}
	for _, one := range regexp.MustCompile("(?m)^\\| `(headroom_[a-z_]+)` \\| ").FindAllStringSubmatch(string(text), -1) {
		if !slices.Contains(names, one[1]) && !slices.Contains(seldom, one[1]) {
			t.Errorf("docs/metrics.md tells of %s, which is not served", one[1])
		}
	}
}
