package rules_test

import (
	"fmt"
	"testing"
	"time"

	"headroom/internal/engine"
	"headroom/internal/truth"
	"headroom/rules"
	"headroom/slo"
)

// burst is how many errors happen at once in the stories below, and life how
// many a process has counted before they begin.
const burst, life = 5000, 1e6

// newcomer is a series of errors that appears in a target while that is being
// scraped, 10 steps and 3 scrapes after the beginning.
type newcomer struct {
	*world

	o      *slo.Objective
	d      rules.Dialect
	errors *truth.Counter
}

func (n newcomer) appears() time.Duration { return 10*n.o.Resolution + 3*n.scrape }

// eachNewcomer runs a test for all dialects at both ends of resolutions.
func eachNewcomer(t *testing.T, f func(n newcomer)) {
	t.Helper()
	for _, d := range rules.Dialects() {
		for resolution, scrape := range map[time.Duration]time.Duration{5 * time.Minute: 30 * time.Second, 10 * time.Second: time.Second} {
			t.Run(string(d)+"/"+slo.FormatDuration(resolution), func(t *testing.T) {
				t.Parallel()
				f(newNewcomer(t, d, resolution, scrape))
			})
		}
	}
}

func newNewcomer(t *testing.T, d rules.Dialect, resolution, scrape time.Duration) newcomer {
	t.Helper()
	n := newcomer{world: newWorld(t, scrape), o: checkout(quick(100*resolution, resolution)), d: d}
	n.flow(n.requests("200", "instance", "a:80"), 0, 30*resolution, 100)
	n.errors = n.requests("500", "instance", "a:80")
	n.load(d, n.o)
	return n
}

// exact is how far counts of a burst may be off, as a share.
func (n newcomer) exact() float64 {
	if n.d == rules.Embedded || n.d == rules.Prometheus316 {
		return exact
	}
	return 0.01
}

// bursts lets errors happen half a scrape before one, the first that shows
// them.
func (n newcomer) bursts() { n.errors.Add(after(n.appears()-n.scrape/2), burst) }

// bad runs the rules until every short range has passed over the newcomer, and
// returns what the tiles hold and what one raw reading counts.
func (n newcomer) bad(missed int) (tiles, raw float64) {
	n.t.Helper()
	n.run(26*n.o.Resolution, missing(n.o, 10*n.o.Resolution, missed))
	bad, _ := rules.Raw(n.o, n.d, 25*n.o.Resolution)
	return n.query("sum_over_time(" + judge{o: n.o}.of(rules.MetricBadTile) + "[100d])"), n.query(bad)
}

// A counter whose first sample is above 0 does not tell since when it is, so
// increase leaves that sample out. docs/spec.md tells how to avoid it, and
// docs/adr/0005-born-late.md why headroom does not count it.
func TestErrorsBeforeTheFirstScrapeOfTheirSeriesAreInvisible(t *testing.T) {
	eachNewcomer(t, func(n newcomer) {
		n.errors.Born = after(n.appears() - n.scrape*3/4)
		n.bursts()
		if tiles, raw := n.bad(0); tiles != 0 || raw != 0 {
			n.t.Errorf("of %d errors tiles hold %v and a raw reading %v, want none, as the documents say", burst, tiles, raw)
		}
	})
}

func TestErrorsOfACounterInitialisedAtZeroAreCountedOnce(t *testing.T) {
	for _, missed := range []int{0, 1, 5} {
		t.Run(fmt.Sprintf("%d evaluations missed", missed), func(t *testing.T) {
			eachNewcomer(t, func(n newcomer) {
				n.bursts()
				n.counts(missed, burst)
			})
		})
	}
}

// Prometheus can write a 0 at the time at which a process says it made a
// series.
func TestErrorsAfterACreatedTimestampAreCountedOnce(t *testing.T) {
	for _, missed := range []int{0, 1, 5} {
		t.Run(fmt.Sprintf("%d evaluations missed", missed), func(t *testing.T) {
			eachNewcomer(t, func(n newcomer) {
				n.errors.Born = after(n.appears() - n.scrape*3/4)
				n.bursts()
				n.run(n.appears()-n.scrape, missing(n.o, 10*n.o.Resolution, missed))
				if err := n.lab.AppendAt(n.errors.Born, engine.LabSample{Series: n.targets[1].series}); err != nil {
					n.t.Fatal(err)
				}
				n.counts(missed, burst)
			})
		})
	}
}

func (n newcomer) counts(missed int, want float64) {
	n.t.Helper()
	tiles, raw := n.bad(missed)
	approx(n.t, "bad in tiles", tiles, want, n.exact())
	approx(n.t, "bad in a raw reading", raw, want, n.exact())
}

// oldCounters are series that appear with the count of a whole life, none of
// which is new. Counted says whether the rule that
// docs/adr/0005-born-late.md refuses would count it nevertheless.
var oldCounters = map[string]struct {
	appear  func(n newcomer)
	counted float64
}{
	"an exporter that drops idle series and shows them again": {func(n newcomer) {
		n.away(n.targets[1], 2*n.o.Resolution, n.appears())
	}, life},
	"a label that is added to a target": {func(n newcomer) {
		for i, code := range []string{"200", "500"} {
			c := n.requests(code, "instance", "a:80", "team", "payments")
			c.Add(epoch.Add(-time.Hour), life)
			n.away(n.targets[2+i], 0, n.appears())
			n.away(n.targets[i], n.appears(), 1000*time.Hour)
		}
	}, life},
	"a target that is discovered late": {func(n newcomer) {
		for i, code := range []string{"200", "500"} {
			c := n.requests(code, "instance", "b:80")
			c.Add(epoch.Add(-time.Hour), life)
			n.away(n.targets[2+i], 0, n.appears())
		}
	}, 0},
}

// away hides a series from the scrapes in [from, to).
func (n newcomer) away(t *target, from, to time.Duration) {
	read := t.read
	t.read = func(at time.Time) (float64, bool) {
		if !at.Before(after(from)) && at.Before(after(to)) {
			return 0, false
		}
		return read(at)
	}
}

func TestOldCountersAreNoNewErrors(t *testing.T) {
	for name, story := range oldCounters {
		t.Run(name, func(t *testing.T) {
			eachNewcomer(t, func(n newcomer) {
				n.errors.Add(epoch.Add(-time.Hour), life)
				story.appear(n)
				if tiles, raw := n.bad(0); tiles != 0 || raw != 0 {
					n.t.Errorf("tiles hold %v errors and a raw reading %v, want none", tiles, raw)
				}
			})
		})
	}
}

// firstValues is the rule that docs/adr/0005-born-late.md refuses: the value of
// series that are absent at the beginning of a step while their target is
// there.
const firstValues = `sum(http_requests_total{code="500"} unless last_over_time(http_requests_total{code="500"}[5m] offset 5m)` +
	` and on(job, instance) last_over_time(http_requests_total[5m] offset 5m))`

func TestFirstValuesMayBeNewOrOld(t *testing.T) {
	check := func(t *testing.T, want float64, appear func(n newcomer)) {
		t.Helper()
		n := newNewcomer(t, rules.Embedded, 5*time.Minute, 30*time.Second)
		appear(n)
		n.run(11*n.o.Resolution, nil)
		approx(t, "errors by first values", n.query(firstValues+" or vector(0)"), want, exact)
	}
	t.Run("errors that are new", func(t *testing.T) {
		check(t, burst, func(n newcomer) {
			n.errors.Born = after(n.appears() - n.scrape*3/4)
			n.bursts()
		})
	})
	for name, story := range oldCounters {
		t.Run(name, func(t *testing.T) {
			check(t, story.counted, func(n newcomer) {
				n.errors.Add(epoch.Add(-time.Hour), life)
				story.appear(n)
			})
		})
	}
}
