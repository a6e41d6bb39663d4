package prove_test

import (
	"testing"
	"time"

	"headroom/internal/prove"
	"headroom/rules"
)

// step is the resolution of the lives that are not drawn.
const step = 5 * time.Minute

// summer is when, in the world, the clocks of Europe go forward.
const summer = 7 * time.Hour

// TestLives lives through what invented lives come across too seldom for a test:
// each of these shows a rule or a ledger that is wrong in one respect.
func TestLives(t *testing.T) {
	for name, change := range map[string]func(s *prove.Scenario){
		"an adjustment that is excluded in part": func(s *prove.Scenario) {
			s.Corrections = []prove.Correction{
				{Span: prove.Span{From: 10 * step, To: 16*step + 30*time.Second}, Declared: 8 * step},
				{Span: prove.Span{From: 13 * step, To: 20 * step}, Bad: 90, Total: 900, Declared: 8 * step},
			}
			ledger(s, 24)
		},
		"every day by clocks that go forward": func(s *prove.Scenario) {
			s.History = 80
			s.Corrections = []prove.Correction{{Span: prove.Span{From: summer - 6*step, To: summer + 6*step}, Zone: "Europe/Berlin", Declared: 82 * step}}
			ledger(s, 97)
		},
		"a tenth of its life is not measured": func(s *prove.Scenario) {
			s.Stalls = []prove.Span{{From: 24 * step, To: 31 * step}}
			ledger(s, 34)
		},
		"scrapes that come late, and a restart": func(s *prove.Scenario) {
			s.Pods = append(s.Pods, prove.Pod{Offset: 11 * time.Second})
			s.Late = []prove.Late{{Span: prove.Span{From: 10 * step, To: 14 * step}, Pod: 1, Lag: 2 * step}}
			ledger(s, 34)
			s.Ledger.Late, s.Ledger.Restart = 8*step, true
			s.Ledger.Pauses = []prove.Span{{From: 17 * step, To: 18 * step}}
		},
		"what was known before scrapes came": func(s *prove.Scenario) {
			s.Pods = append(s.Pods, prove.Pod{Offset: 11 * time.Second})
			s.Late = []prove.Late{{Span: prove.Span{From: 8 * step, To: 11 * step}, Pod: 1, Lag: 9 * step}}
			ledger(s, 34)
			s.Ledger.Late = 16 * step
		},
		"what was known before a store came back": func(s *prove.Scenario) {
			ledger(s, 30)
			s.Ledger.Away = []prove.Span{{From: 8 * step, To: 25 * step}}
		},
		"what was known before people decided": func(s *prove.Scenario) {
			s.Corrections = []prove.Correction{
				{Span: prove.Span{From: 2 * step, To: 5 * step}, Declared: 8 * step, Revoked: 26 * step},
				{Span: prove.Span{From: 6 * step, To: 7*step + time.Second}, Declared: 8 * step, Approved: 28 * step},
			}
			ledger(s, 30)
		},
		"nothing is left later than it seems": func(s *prove.Scenario) { s.Errors, s.Length = 0.2, 60 },
		"all is left in the first hours of four weeks": func(s *prove.Scenario) {
			s.Errors, s.Window, s.Length = 0.2, 8064, 40
		},
		"windows of days that fill": func(s *prove.Scenario) {
			s.Window, s.Length, s.Scrape, s.Idle = 28*288, 7*288+30, step/4, fast()
			s.Incidents = []prove.Incident{{Span: prove.Span{From: 10 * step, To: 40 * step}, Errors: 1, Traffic: 1}}
		},
		"a window of days that is over": func(s *prove.Scenario) {
			s.Window, s.Length, s.Scrape, s.Idle = 4*288, 4*288+60, step/4, fast()
			s.Incidents = []prove.Incident{{Span: prove.Span{From: 10 * step, To: 40 * step}, Errors: 1, Traffic: 1}}
		},
		"silence":            func(s *prove.Scenario) { s.Pods[0].Dies, s.Length = 12*step, 24 },
		"a native histogram": func(s *prove.Scenario) { s.Kind, s.Errors, s.Length = prove.Native, 0.3, 14 },
		"a query of good":    func(s *prove.Scenario) { s.Kind, s.Rate, s.Length = prove.QueryGood, 1, 14 },
		"a query of bad":     func(s *prove.Scenario) { s.Kind, s.Rate, s.Errors, s.Length = prove.QueryBad, 1, 0.5, 14 },
	} {
		t.Run(name, func(t *testing.T) {
			s := &prove.Scenario{
				Seed: 1, Kind: prove.RatioBad, Dialect: rules.Embedded, Target: "90%", Resolution: step, Window: 100, History: 4,
				Scrape: 30 * time.Second, Rate: 20, Errors: 0.05, Pods: []prove.Pod{{Offset: 7 * time.Second}},
			}
			change(s)
			faults, err := prove.Run(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			if len(faults) > 0 {
				t.Error(prove.Report(s, faults))
			}
		})
	}
}

// fast are the groups of rules that windows of days do not depend on.
func fast() []string { return []string{"short", "ticket", "state", "health"} }

// ledger lets a ledger keep the books up to a step.
func ledger(s *prove.Scenario, until int) {
	s.Ledger, s.Length = &prove.Reading{Every: step}, until
}
