package slotest

import (
	"bytes"
	"fmt"
	"math/big"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/alerting"
	"headroom/slo"
	"headroom/slo/slotest/synth"
)

// sampleRate is how many events a second a sample test has.
const sampleRate = 100

// Sample writes a first test of an objective, which passes: one case of usual
// traffic, and one of an outage. It is to be a file beside the spec, named like
// it with .test.yaml in the place of .yaml; spec is the spec's file name.
func Sample(spec string, o *slo.Objective) []byte {
	s := sampler{o: o, step: Step(o)}
	s.line("# What shall happen when things break. Run it: headroom test %s", TestName(spec))
	s.line("headroom: v1")
	s.line("test: %s", strings.TrimPrefix(o.Service(), slo.DefaultNamespace+"/"))
	if !strings.HasSuffix(filepath.Base(spec), ".slo.yaml") && filepath.Base(spec) != "slo.yaml" {
		s.line("specs: [%s]", quote(filepath.Base(spec)))
	}
	s.line("cases:")
	plan, err := synth.New(o, synth.AnyGroup(o))
	if err != nil {
		s.givenSeries()
		return s.b.Bytes()
	}
	s.every = plan.Every
	s.usual()
	s.outage()
	return s.b.Bytes()
}

// TestName is the name of the file of tests that belongs to a spec.
func TestName(spec string) string {
	return strings.TrimSuffix(spec, ".yaml") + ".test.yaml"
}

type sampler struct {
	b     bytes.Buffer
	o     *slo.Objective
	step  time.Duration
	every synth.Every
}

func (s *sampler) line(format string, args ...any) {
	fmt.Fprintf(&s.b, format+"\n", args...)
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

func (s *sampler) begin(name string, length time.Duration) {
	s.line("  - name: %s", name)
	s.line("    objective: %s", s.o.ID.Objective)
	s.line("    for: %s", FormatTime(length))
}

// traffic writes usual traffic, and returns what it leaves of the budget.
func (s *sampler) traffic() (remaining string) {
	errors, remaining := "0%", "100%"
	budget, ok := new(big.Rat).SetString(s.o.Target.BudgetString())
	perSecond := big.NewRat(sampleRate, 1)
	if s.every != synth.PerEvent {
		perSecond.SetFrac64(int64(time.Second), int64(alerting.ScrapeInterval(s.o.Resolution)))
	}
	if ok && s.every != synth.PerLook {
		fifth := budget.Quo(budget, big.NewRat(5, 1))
		bad := new(big.Rat).Mul(fifth, perSecond)
		bad.Mul(bad, new(big.Rat).SetFrac64(int64(s.o.Window.Rolling), int64(time.Second)))
		if bad.Cmp(big.NewRat(200, 1)) >= 0 {
			errors = trimmed(fifth.Mul(fifth, big.NewRat(100, 1))) + "%"
			remaining = "80% ± 1%"
		}
	}
	if s.every == synth.PerEvent {
		s.line("    traffic: {rate: %d/s, errors: %s}", sampleRate, errors)
	} else {
		s.line("    traffic: {errors: %s}", errors)
	}
	return remaining
}

// trimmed writes a decimal without zeros at its end.
func trimmed(r *big.Rat) string {
	const digits = 12
	return strings.TrimRight(strings.TrimRight(r.FloatString(digits), "0"), ".")
}

func (s *sampler) usual() {
	s.begin("usual traffic wakes nobody", 60*s.step)
	remaining := s.traffic()
	s.line("    expect:")
	s.line("      - {remaining: %s}", remaining)
	s.line("      - {alert: page, never: true}")
	s.line("      - {alert: ticket, never: true}")
}

// outage writes a case in which everything fails, long enough to be noticed.
func (s *sampler) outage() {
	begin, severity, notice := 30*s.step, "", time.Duration(0)
	for _, t := range alerting.NewPlan(s.o).Tiers {
		d, ok := t.Detection(1)
		if ok && (severity == "" || d < notice && string(t.Severity) == severity) {
			severity, notice = string(t.Severity), d
		}
	}
	if severity == "" {
		return
	}
	latest := roundTo(begin+notice*3/2+max(10*s.step, 2*s.o.Resolution), s.step)
	s.line("")
	s.begin("an outage is noticed", latest+30*s.step)
	s.traffic()
	s.line("    incidents:")
	s.line("      - {at: %s, for: %s, errors: 100%%}", FormatTime(begin), FormatTime(latest-begin))
	s.line("    expect:")
	s.line("      - {alert: %s, fires: %s .. %s}", severity, FormatTime(begin), FormatTime(latest))
}

func roundTo(d, step time.Duration) time.Duration { return (d + step - 1) / step * step }

// givenSeries writes a case whose series have to be filled in.
func (s *sampler) givenSeries() {
	s.begin("usual traffic wakes nobody", 60*s.step)
	interval := alerting.ScrapeInterval(s.o.Resolution)
	s.line("    interval: %s", FormatTime(interval))
	s.line("    # What each selector of the objective reads, a value every %s: 0+10x20 begins", FormatTime(interval))
	s.line("    # at 0 and adds 10 twenty times. Give them the values of a good day.")
	s.line("    series:")
	seen := map[string]bool{}
	for _, e := range s.o.Indicator.Exprs() {
		parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
			vs, ok := n.(*parser.VectorSelector)
			if !ok {
				return nil
			}
			name, found := synth.Example(vs)
			if found && !seen[name] {
				seen[name] = true
				s.line("      - {series: %s, values: 0+0x%d}", quote(name), 60*s.step/interval)
			}
			return nil
		})
	}
	s.line("    expect:")
	s.line("      - {alert: page, never: true}")
}
