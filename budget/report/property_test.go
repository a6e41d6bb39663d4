package report_test

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"headroom/budget"
	"headroom/budget/correction"
	"headroom/budget/report"
	"headroom/slo"
)

// book is a ledger that says anything.
type book struct {
	now, then []budget.Status
	sum, raw  budget.Sum
	life      budget.Life
}

func (b book) Statuses(time.Time) []budget.Status                          { return b.now }
func (b book) StatusesAt(time.Time) []budget.Status                        { return b.then }
func (b book) Sum(budget.Key, time.Time, time.Time) budget.Sum             { return b.sum }
func (b book) RawSum(budget.Key, time.Time, time.Time) budget.Sum          { return b.raw }
func (b book) Account(slo.ID, slo.Group, time.Time, time.Time) budget.Life { return b.life }
func (b book) Remainders(_ budget.Key, from, to time.Time) []budget.Remainder {
	return []budget.Remainder{{At: from, Bad: b.sum.Bad, Total: b.sum.Total}, {At: to}}
}

func (b book) RemaindersUntil(k budget.Key, from, _, to time.Time) []budget.Remainder {
	return b.Remainders(k, from, to)
}

var hostile = rapid.SampledFrom([]string{
	"", "team", "<!here>", "@channel", "@here @everyone", "<@U012AB3CD>", "<#C012AB3CD>", "<https://evil.example|click>", "a & b", "`code` *bold* _it_ ~s~",
	"line\nline\r\n- item", "[x](javascript:alert(1))", "\x1b[31mred", strings.Repeat("ü", 5000), strings.Repeat("&", 4000), "\xff\xfe", "<script>", "|a|b|", "# heading",
})

func drawStatus(t *rapid.T, i int, at time.Time) budget.Status {
	label := strconv.Itoa(i)
	number := func(name string, low, high float64) *float64 {
		if rapid.Bool().Draw(t, name+" unknown "+label) {
			return nil
		}
		f := rapid.Float64Range(low, high).Draw(t, name+label)
		return &f
	}
	data := rapid.SampledFrom([]budget.DataState{
		budget.DataOK, budget.DataYoung, budget.DataNoTraffic, budget.DataUnmeasured, budget.DataAbsent, budget.DataRulesMissing,
	}).Draw(t, "data"+label)
	state := rapid.SampledFrom([]budget.State{
		budget.StateHealthy, budget.StateCaution, budget.StateExhausted, budget.StateUnknown,
	}).Draw(t, "state"+label)
	group := slo.Group{}
	if i%3 == 0 {
		group = slo.NewGroup(map[string]string{"region": strings.ToValidUTF8(hostile.Draw(t, "region"+label), "")})
	}
	return budget.Status{
		Objective: &slo.Objective{
			ID: slo.ID{Namespace: "default", Service: "shop", Objective: "o" + label}, Owner: hostile.Draw(t, "owner"+label),
			Target: slo.MustTarget("99.9%"), Window: slo.Window{Rolling: 28 * day}, Resolution: 5 * time.Minute,
			Indicator: slo.Ratio{Bad: slo.MustCounter("bad"), Total: slo.MustCounter("all")},
		},
		Group: group, At: at, Data: data, State: state, Reason: hostile.Draw(t, "reason"+label),
		Balance: budget.Balance{
			Start: at.Add(-28 * day), End: at, Life: 28 * day, Measured: 28 * day,
			Total: number("total", 0, 1e6), Bad: number("bad", 0, 1e4), Budget: number("budget", 0.01, 1e4), Remaining: number("remaining", -5, 1),
			Since: at.Add(-28 * day), Corrected: rapid.Bool().Draw(t, "corrected"+label), Raw: budget.Account{Remaining: number("raw", -5, 1), Budget: number("raw budget", 0.01, 1e4)},
		},
	}
}

// drawCorrections draws some that count, as nobody but a file could declare
// them.
func drawCorrections(t *rapid.T, at time.Time) []correction.Correction {
	var list []correction.Correction
	for i := range rapid.IntRange(0, 3).Draw(t, "corrections") {
		label := strconv.Itoa(i)
		list = append(list, correction.Correction{
			ID: label, Name: hostile.Draw(t, "name"+label), Author: hostile.Draw(t, "author"+label), ApprovedBy: hostile.Draw(t, "approver"+label), ApprovedAt: at,
			Terms: correction.Terms{
				Kind: correction.Exclude, Category: correction.Maintenance, Reason: hostile.Draw(t, "why"+label),
				Objectives: correction.Selector{Namespaces: []string{correction.All}}, From: at.Add(-2 * day), To: at.Add(-day),
			},
		})
	}
	return list
}

func drawReport(t *rapid.T) (report.Report, []budget.Status) {
	at := time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC)
	b := book{sum: budget.Sum{Bad: budget.Count(rapid.Int64Range(0, 1e6).Draw(t, "bad")), Total: 1e6, Measured: time.Hour, Since: at.Add(-28 * day)}}
	b.raw = b.sum
	b.raw.Bad += budget.Count(rapid.Int64Range(0, 3).Draw(t, "excluded"))
	one, bad, total := 1.0, rapid.Float64Range(0, 1e4).Draw(t, "pace"), 1e4
	b.life = budget.Life{Account: budget.Account{Measured: day, Life: day, Coverage: &one, Bad: &bad, Total: &total}}
	n := rapid.IntRange(0, 25).Draw(t, "n")
	for i := range n {
		b.now = append(b.now, drawStatus(t, i, at))
		b.then = append(b.then, drawStatus(t, i, at.Add(-7*day)))
	}
	p, err := report.ParsePeriod(report.LastWeek, time.UTC, at)
	if err != nil {
		t.Fatal(err)
	}
	r, err := report.Build(report.Options{
		Ledger: b, Period: p, Now: at, Limit: rapid.IntRange(1, 30).Draw(t, "limit"),
		Corrections: func() []correction.Correction { return drawCorrections(t, at) },
		Scope:       report.Scope{}, URL: rapid.SampledFrom([]string{"", "https://slo.example/a"}).Draw(t, "url"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return r, b.now
}

func TestTotalsAddUpAndUnknownIsNeverGood(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, statuses := drawReport(t)
		n := r.Totals
		if sum := n.Over + n.Soon + n.Caution + n.Healthy + n.Young + n.NoTraffic + n.NotMeasured; sum != n.Budgets || n.Budgets != len(statuses) {
			t.Fatalf("%+v add up to %d of %d", n, sum, len(statuses))
		}
		if r.Decide.Len() != n.Over+n.Soon || r.NotMeasured.Len() != n.NotMeasured || r.Young.Len() != n.Young {
			t.Fatalf("%d to decide, %d not measured, %d young with %+v", r.Decide.Len(), r.NotMeasured.Len(), r.Young.Len(), n)
		}
		good := 0
		for _, s := range statuses {
			if s.Data == budget.DataOK && (s.State == budget.StateHealthy || s.State == budget.StateCaution) {
				good++
			}
		}
		if n.Healthy+n.Caution > good {
			t.Fatalf("%d healthy or in caution, and only %d are known to be", n.Healthy+n.Caution, good)
		}
		for _, item := range r.Better.Items {
			if item.Data != budget.DataOK {
				t.Fatalf("better, and its data is %s: %+v", item.Data, item)
			}
		}
		for _, item := range r.NotMeasured.Items {
			if item.Remaining != nil || item.Spent != nil {
				t.Fatalf("numbers of what is not measured: %+v", item)
			}
		}
	})
}

// TestSlackTakesAnyReport checks Slack's limits and that texts of users mention
// nobody.
func TestSlackTakesAnyReport(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, _ := drawReport(t)
		m := report.SlackMessage(r)
		if len(m.Blocks) > 49 || m.Text == "" {
			t.Fatalf("%d blocks, text %q", len(m.Blocks), m.Text)
		}
		for _, b := range m.Blocks {
			texts := b.Elements
			if b.Text != nil {
				texts = append(texts, *b.Text)
			}
			for _, text := range texts {
				if n := utf8.RuneCountInString(text.Text); n == 0 || n > 3000 {
					t.Fatalf("a text of %d characters", n)
				}
				for rest := text.Text; ; {
					_, after, found := strings.Cut(rest, "<")
					if !found {
						break
					}
					if !strings.HasPrefix(after, "https://slo.example/a") {
						t.Fatalf("Slack reads %q", "<"+after)
					}
					rest = after
				}
				if strings.Contains(text.Text, "@channel") || strings.Contains(text.Text, "@here") || text.Type == "mrkdwn" && !text.Verbatim {
					t.Fatalf("a mention in %q", text.Text)
				}
			}
		}
	})
}

func TestMarkdownTakesAnyReport(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, _ := drawReport(t)
		var b bytes.Buffer
		if err := report.WriteMarkdown(&b, r); err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(b.String(), `\]`, "")
		if !utf8.ValidString(text) || strings.ContainsAny(text, "\x1b\r") || strings.Contains(text, "<script") || strings.Contains(text, "](javascript") || strings.Contains(text, "@channel") {
			t.Fatalf("markup of a user in:\n%q", text)
		}
		for line := range strings.Lines(text) {
			if utf8.RuneCountInString(line) > 3000 {
				t.Fatalf("a line of %d characters", len(line))
			}
		}
	})
}

func TestJSONIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, _ := drawReport(t)
		var first, second bytes.Buffer
		if err := report.WriteJSON(&first, r); err != nil {
			t.Fatal(err)
		}
		var read report.Report
		if err := json.Unmarshal(first.Bytes(), &read); err != nil {
			t.Fatal(err)
		}
		if err := report.WriteJSON(&second, read); err != nil {
			t.Fatal(err)
		}
		if first.String() != second.String() {
			t.Fatalf("written %s\nread and written %s", first.String(), second.String())
		}
	})
}
