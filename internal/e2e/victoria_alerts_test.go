package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
)

// otherSpec has one objective for each kind of alert that is not about a burn.
// Windows are as short as can be: silence is 50 s, and a forecast looks a minute
// ahead.
const otherSpec = `headroom: v1
service: shop
owner: team-shop
plan: others
runbook: https://wiki.example/shop
objectives:
  exhausted: {target: 90%, window: 10m, resolution: 10s, ratio: {bad: 'exhausted_total{code="500"}', total: exhausted_total}}
  forecast: {target: 90%, window: 10m, resolution: 10s, ratio: {bad: 'forecast_total{code="500"}', total: forecast_total}}
  absent: {target: 90%, window: 10m, resolution: 10s, ratio: {bad: 'absent_total{code="500"}', total: absent_total}}
  unmeasured: {target: 90%, window: 10m, resolution: 10s, ratio: {bad: 'unmeasured_total{code="500"}', total: unmeasured_total}}
  no-traffic: {target: 90%, window: 10m, resolution: 10s, ratio: {bad: 'no_traffic_total{code="500"}', total: no_traffic_total}}
  integrity: {target: 90%, window: 10m, resolution: 10s, ratio: {bad: 'integrity_total{code="500"}', total: integrity_total}}
  rules-missed: {target: 90%, window: 10m, resolution: 10s, ratio: {bad: 'rules_missed_total{code="500"}', total: rules_missed_total}}
`

// Nobody is told of burns, so that there is something to forecast.
const otherPlan = `headroom: v1
plan: others
without: [{severity: page}, {severity: ticket}]
alerts: {integrity: {off: false}}
`

// past is what a store holds before the test begins, in the text form of
// samples.
type past struct {
	bytes.Buffer

	now time.Time
	sli map[string]string // by objective
}

func (p *past) add(series string, ago time.Duration, value float64) {
	fmt.Fprintf(p, "%s %g %d\n", series, value, p.now.Add(-ago).UnixMilli())
}

// recorded adds a series of the rules in steps of the resolution.
func (p *past) recorded(metric, objective string, from, to time.Duration, value float64) {
	for ago := from; ago > to; ago -= 10 * time.Second {
		p.add(fmt.Sprintf(`%s{slo="default/shop/%s",sli=%q}`, metric, objective, p.sli[objective]), ago, value)
	}
}

// tiles adds tiles of 100 events of which some are bad.
func (p *past) tiles(objective string, from, to time.Duration, bad float64) {
	p.recorded("slo:total:tile", objective, from, to, 100)
	p.recorded("slo:bad:tile", objective, from, to, bad)
}

// otherPast is what lies before: budgets that are spent, or nearly so, traffic
// and series of a day and a week ago, and rules that stalled.
func otherPast(sli map[string]string) *past {
	p := &past{now: time.Now(), sli: sli}
	p.tiles("exhausted", 12*time.Minute, 0, 20)
	p.tiles("forecast", 12*time.Minute, time.Minute, 4.44)
	p.tiles("forecast", time.Minute, 0, 30)
	p.recorded("slo:age:seconds", "forecast", 2*time.Minute, 0, 600)
	p.recorded("slo:total:period", "forecast", 2*time.Minute, 0, 6000)
	for _, ago := range []time.Duration{24 * time.Hour, 7 * 24 * time.Hour} {
		p.tiles("no-traffic", ago+2*time.Minute, ago-5*time.Minute, 0)
		p.recorded("slo:series:count", "integrity", ago+2*time.Minute, ago-5*time.Minute, 10)
	}
	p.recorded("slo:target:ratio", "rules-missed", 5*time.Minute, time.Minute, 0.9)
	return p
}

// counters are the raw series, as they are at a time after the begin.
func (p *past) counters(at time.Duration) {
	grown := (at + time.Hour).Seconds() * 10 // 100 events in a tile
	for series, value := range map[string]float64{
		`exhausted_total{code="200"}`: grown, `forecast_total{code="200"}`: grown * 0.7, `forecast_total{code="500"}`: grown * 0.3,
		`unmeasured_total{code="200"}`: grown, `integrity_total{code="200"}`: grown, `no_traffic_total{code="200"}`: 1000,
		`rules_missed_total{code="200"}`: grown,
	} {
		p.add(series, -at, value)
	}
}

// TestVictoriaMetricsTellsTheOtherAlerts has vmalert evaluate the alerts that are
// not about a burn, until it tells every one of them in words for people.
func TestVictoriaMetricsTellsTheOtherAlerts(t *testing.T) {
	t.Parallel()
	v, dir := startVictoria(t, nil), t.TempDir()
	spec, plan := writeFile(t, filepath.Join(dir, "slo.yaml"), otherSpec), writeFile(t, filepath.Join(dir, "plan.yaml"), otherPlan)
	rules := filepath.Join(dir, "rules.yaml")
	generate(t, spec, "--plans", plan, "--format", "vmalert", "--external-url", "https://slo.example", "--dashboard-url", "https://grafana.example/d/{uid}", "--output", rules)
	p := otherPast(withoutTiles(t, rules, "unmeasured"))
	for at := -4 * time.Minute; at <= 0; at += 2 * time.Second {
		p.counters(at)
	}
	v.take(t, p.Bytes())
	begin := p.now
	deaf := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(deaf.Close)
	alerts := v.alert(t, rules, strings.TrimPrefix(deaf.URL, "http://"))
	told := map[string]told{}
	for _, n := range []int{5, 7} { // those of the slow groups take some minutes where the machine is busy
		eventuallyIn(t, 3*deadline, fmt.Sprintf("%d alerts fire", n), func() (bool, string) {
			now := past{now: begin}
			now.counters(time.Since(begin))
			v.take(t, now.Bytes())
			maps.Copy(told, firing(t, alerts))
			return len(told) >= n, fmt.Sprint(slices.Sorted(maps.Keys(told)))
		})
	}
	for kind, words := range map[string]string{
		"exhausted":  `Nothing is left .*: bad events took [12]\d\d% of it, and -\d+.*% remains.* Of \d+ events in the window \d+ were bad\.`,
		"forecast":   `is gone in \d+.*s: it burns [23]\.\d times as fast as allowed over 20s and [23]\.\d times over 20s\. Budget left, a live estimate: (\d+\.\d%|unknown)`,
		"absent":     `No raw series of .* for 50s.* would cost 83% of its error budget`,
		"unmeasured": `^1 raw series of .* are there, and for 50s no events have been counted`,
		"no_traffic": `no event has happened for 50s; a day ago there were [45]\d\d in the same time`,
		"integrity":  `measured by 0\.10 times as many raw series as a day ago, for 1m40s by now: 1\.`,
		"rules_missed": `^Up to \d+.*% of the latest evaluations of the rules of default/shop were missed\. Concerned: \d of its objectives, ` +
			`most of all default/shop/`,
	} {
		a := told[kind]
		if text := a.Annotations["description"]; !regexp.MustCompile(words).MatchString(text) || strings.Contains(strings.Replace(text, "Budget left, a live estimate: unknown.", "", 1), "unknown") || strings.Contains(text, "{{") {
			t.Errorf("%s says\n%s\nwant\n%s", kind, text, words)
		}
		if a.Labels["owner"] != "team-shop" || a.Annotations["summary"] == "" || a.Annotations["detail_url"] == "" {
			t.Errorf("%s has the labels %v and says %v", kind, a.Labels, a.Annotations)
		}
		// Missed rules are no matter of one objective.
		if ofService := kind == "rules_missed"; !ofService && (a.Annotations["dashboard_url"] == "" || a.Annotations["runbook_url"] != "https://wiki.example/shop") {
			t.Errorf("%s has the labels %v and says %v", kind, a.Labels, a.Annotations)
		}
		if name := a.Labels["objective"]; name != strings.ReplaceAll(kind, "_", "-") && kind != "rules_missed" {
			t.Errorf("%s is about %s", kind, name)
		}
	}
}

// withoutTiles takes the tile group of an objective out of a file of rules, and
// returns the sli of all objectives.
func withoutTiles(t *testing.T, file, objective string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var rules struct {
		Groups []map[string]any `yaml:"groups"`
	}
	if err := yaml.Unmarshal(text, &rules); err != nil {
		t.Fatal(err)
	}
	before := len(rules.Groups)
	rules.Groups = slices.DeleteFunc(rules.Groups, func(g map[string]any) bool { return g["name"] == "headroom/default/shop/"+objective+"/tile" })
	if len(rules.Groups) != before-1 {
		t.Fatalf("%d groups after one of %d was taken out", len(rules.Groups), before)
	}
	if text, err = yaml.Marshal(rules); err != nil {
		t.Fatal(err)
	}
	sli := map[string]string{}
	for _, m := range regexp.MustCompile(`sli: "?'?([0-9a-f]{8})"?'?\n\s+slo: default/shop/([-\w]+)`).FindAllSubmatch(text, -1) {
		sli[string(m[2])] = string(m[1])
	}
	writeFile(t, file, string(text))
	return sli
}

// take stores samples.
func (v victoria) take(t *testing.T, samples []byte) {
	t.Helper()
	response, err := http.Post(v.url+"/api/v1/import/prometheus", "text/plain", bytes.NewReader(samples))
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode/100 != 2 {
		t.Fatalf("import samples: %d %v", response.StatusCode, err)
	}
}

// told is an alert as vmalert lists it.
type told struct {
	State       string            `json:"state"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// firing are the alerts that fire, by kind. All objectives have one of their
// own; of the others that fire besides nothing is said.
func firing(t *testing.T, vmalert string) map[string]told {
	t.Helper()
	body, status, err := get(vmalert + "/api/v1/alerts")
	if err != nil || status != http.StatusOK {
		t.Fatalf("list alerts: %d %v", status, err)
	}
	var answer struct {
		Data struct {
			Alerts []told `json:"alerts"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	found := map[string]told{}
	for _, a := range answer.Data.Alerts {
		if kind := a.Labels["slo_alert"]; a.State == "firing" && (a.Labels["objective"] == strings.ReplaceAll(kind, "_", "-") || kind == "rules_missed") {
			found[kind] = a
		}
	}
	return found
}
