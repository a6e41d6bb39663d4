package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/budget"
	"headroom/internal/sim"
)

func shortTraffic(t *testing.T) *sim.Service {
	t.Helper()
	o, err := sim.Scenario(10, 3)
	if err != nil {
		t.Fatal(err)
	}
	o.Length = 48 * time.Hour
	o.Incidents = []sim.Incident{{Name: sim.Outage, From: 45 * time.Hour, For: 10 * time.Minute, ErrorRatio: 0.1}}
	traffic, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return traffic
}

const rawRules = `groups:
- name: raw
  interval: 1m
  rules:
  - record: remaining
    expr: 1 - sum(increase(http_requests_total{code=~"5.."}[30d] anchored)) / sum(increase(http_requests_total[30d] anchored)) / 0.001
- name: short
  interval: 30s
  rules:
  - record: recent
    expr: sum(increase(http_requests_total[5m]))
`

func rawContender(t *testing.T, name string) contender {
	t.Helper()
	groups, err := parseRules(name, []byte(rawRules))
	if err != nil {
		t.Fatal(err)
	}
	return contender{name: name, groups: groups, everything: true, remaining: "remaining"}
}

// A tool that reads the counters of the whole window is right but for its lag;
// one that shows the full budget is wrong by what was spent; one whose rules
// are not evaluated shows nothing.
func TestTrialTellsRightFromWrong(t *testing.T) {
	traffic := shortTraffic(t)
	wrong := contender{name: "optimist", groups: rawContender(t, "optimist").groups, remaining: "vector(1)", direct: time.Minute}
	mute := contender{name: "mute", remaining: "nothing"}
	tr, err := newTrial([]contender{rawContender(t, "reader"), wrong, mute}, traffic)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := tr.close(); err != nil {
			t.Error(err)
		}
	}()
	tr.truthSpan, tr.costSpan, tr.slowSpan = 8*time.Hour, 10*time.Minute, 10*time.Minute
	p := newProgress(io.Discard, time.Now)
	cost, err := tr.run(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	results, err := tr.compare(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	spent := 100 * (1 - remaining(traffic, traffic.End()))
	if spent < 10 {
		t.Fatalf("the traffic spent %v points of budget, want more to tell right from wrong", spent)
	}
	if r := results[0]; r.mean > 0.2 || math.Abs(r.final) > 0.1 || r.absent > 0 {
		t.Errorf("reader of raw counters: %+v, want hardly any error", r)
	}
	if r := results[1]; math.Abs(r.final-spent) > 0.01 {
		t.Errorf("optimist: %+v, want an error of %v points at the end", r, spent)
	}
	if r := results[2]; r.absent != 1 || !math.IsNaN(r.mean) {
		t.Errorf("mute: %+v, want nothing shown", r)
	}
	// Every minute 14 series of 96 samples an hour over two days, but for the
	// last scrapes, and twice 10 series over 5 minutes.
	want := 14*5760.0 + 2*10*10
	if got := cost["reader"]; math.Abs(got-want) > 0.01*want {
		t.Errorf("reader: %v samples a minute, want about %v", got, want)
	}
	// Phases differ with the names of the groups.
	if diff := cost["reader"] - cost["optimist"]; math.Abs(diff) > 0.001*want {
		t.Errorf("equal rules cost %v and %v", cost["reader"], cost["optimist"])
	}
}

func TestJudgeLetsAPointStandForOneStep(t *testing.T) {
	traffic := shortTraffic(t)
	from := traffic.End().Add(-9 * time.Minute)
	var points []budget.Point
	for _, after := range []time.Duration{0, 5 * time.Minute} {
		at := from.Add(after)
		points = append(points, budget.Point{T: at.UnixMilli(), V: remaining(traffic, at) + 0.5})
	}
	m := judge(points, 3*time.Minute, from, traffic)
	if math.Abs(m.mean-50) > 0.5 || math.Abs(m.p99-50) > 0.5 || math.Abs(m.final-50) > 0.5 {
		t.Errorf("%+v, want 50 points", m)
	}
	if m.absent != 0.4 {
		t.Errorf("shows nothing at %v of ten times, want 0.4: two minutes after each point's three", m.absent)
	}
}

func TestWorstOfSeveralSeeds(t *testing.T) {
	got := worst("a", []measured{
		{contender: "a", mean: 1, p99: 5, final: 0.5, absent: 0.1},
		{contender: "b", mean: 100, p99: 100, final: 100, absent: 1},
		{contender: "a", mean: 3, p99: 4, final: -2, absent: 0},
	})
	if want := (measured{contender: "a", mean: 3, p99: 5, final: -2, absent: 0.1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestStages(t *testing.T) {
	c := rawContender(t, "tool")
	c.everything, c.history = false, []string{"recent"}
	names := func(s stage) []string {
		var list []string
		for _, g := range c.rulesOf(s) {
			list = append(list, g.Name)
		}
		return list
	}
	if got := names(historyStage); !slices.Equal(got, []string{"tool|short"}) {
		t.Errorf("history has %v", got)
	}
	if got := names(costStage); !slices.Equal(got, []string{"tool|raw", "tool|short"}) {
		t.Errorf("cost has %v", got)
	}
	file, err := ruleFile([]contender{c}, costStage)
	if err != nil {
		t.Fatal(err)
	}
	back, err := parseRules("itself", file)
	if err != nil {
		t.Fatal(err)
	}
	if len(back) != 2 || back[1].Interval.String() != "30s" || owner(back[0].Name) != "tool" {
		t.Errorf("written and read again: %+v", back)
	}
}

func TestPeersAreReadable(t *testing.T) {
	all, err := peers()
	if err != nil {
		t.Fatal(err)
	}
	for name, records := range map[string]string{slothName: "slo:sli_error:ratio_rate30d", pyrraName: "http_requests:increase30d", pyrraPerfName: "http_requests:increase30d"} {
		i := slices.IndexFunc(all, func(c contender) bool { return c.name == name })
		if i < 0 {
			t.Fatalf("no contender %s", name)
		}
		file, err := ruleFile(all[i:i+1], costStage)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(file), "record: "+records) {
			t.Errorf("%s lacks %s", name, records)
		}
	}
}

func TestMissedEvaluations(t *testing.T) {
	missed := atRandom(1)
	count := map[string]int{}
	both := 0
	at := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	for range 10_000 {
		at = at.Add(time.Minute)
		a, b := missed("a", at), missed("b", at)
		for group, m := range map[string]bool{"a": a, "b": b} {
			if m {
				count[group]++
			}
		}
		if a && b {
			both++
		}
	}
	if math.Abs(float64(count["a"])-2000) > 200 || math.Abs(float64(count["b"])-2000) > 200 || math.Abs(float64(both)-400) > 100 {
		t.Errorf("missed %v of 10000, both %d; want about 2000, 400", count, both)
	}
	traffic := shortTraffic(t)
	from, to, _ := traffic.Incident(sim.Outage)
	gap := inGap(traffic)
	for _, c := range []struct {
		at   time.Time
		want bool
	}{
		{from.Add(-6 * time.Minute), false},
		{from.Add(-4 * time.Minute), true},
		{to.Add(5 * time.Minute), true},
		{to.Add(6 * time.Minute), false},
	} {
		if got := gap("any", c.at); got != c.want {
			t.Errorf("gap at %v is %v, want %v", c.at, got, c.want)
		}
	}
}

func TestWhatIsNotScrapedIsNotThere(t *testing.T) {
	traffic := shortTraffic(t)
	tr, err := newTrial(nil, traffic)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := tr.close(); err != nil {
			t.Error(err)
		}
	}()
	gap := inGap(traffic)
	tr.unscraped = func(at time.Time) bool { return gap("", at) }
	if err := tr.before(traffic.End()); err != nil {
		t.Fatal(err)
	}
	from, _, _ := traffic.Incident(sim.Outage)
	const count = `sum(count_over_time(http_requests_total[10m]))`
	for at, want := range map[time.Time]float64{
		from.Add(-6 * time.Minute): 200, // two scrapes a minute of 10 series
		from.Add(5 * time.Minute):  0,
	} {
		series, err := tr.lab.Instant(t.Context(), count, at)
		if err != nil {
			t.Fatal(err)
		}
		got := 0.0
		if len(series) == 1 {
			got = series[0].Points[0].V
		}
		if got != want {
			t.Errorf("%v samples in the 10 minutes up to %v, want %v", got, at, want)
		}
	}
}

func TestMedianOfEachFigure(t *testing.T) {
	runs := []usage{{CPUSeconds: 3, PeakBytes: 10}, {CPUSeconds: 1, PeakBytes: 30}, {CPUSeconds: 2, PeakBytes: 20}}
	next := 0
	got, err := median(3, func() (usage, error) { next++; return runs[next-1], nil })
	if err != nil || got.CPUSeconds != 2 || got.PeakBytes != 20 {
		t.Errorf("median %+v, %v", got, err)
	}
	broken := errors.New("broken")
	if _, err := median(3, func() (usage, error) { return usage{}, broken }); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}

func TestTables(t *testing.T) {
	var b bytes.Buffer
	tab := table{title: "Things", head: []string{"a", "b"}}
	tab.add("x", thousands(1234567))
	tab.add("y", thousands(999))
	if err := tab.write(&b); err != nil {
		t.Fatal(err)
	}
	want := "### Things\n\n| a | b |\n|---|---|\n| x | 1,234,567 |\n| y | 999 |\n\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestWrongUsage(t *testing.T) {
	for _, args := range [][]string{{"-only", "nonsense"}, {"surplus"}, {"-seed", "x"}} {
		if got := run(context.Background(), args, io.Discard, io.Discard); got != 2 {
			t.Errorf("%v: exit code %d, want 2", args, got)
		}
	}
}
