package sim

import (
	"maps"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/value"

	"headroom/budget"
)

// recorder keeps what it is fed, by code and instance.
type recorder map[string][]budget.Point

func (r recorder) Append(labels map[string]string, points ...budget.Point) error {
	key := labels["instance"] + " " + labels["code"]
	r[key] = append(r[key], points...)
	return nil
}

// counted adds up the increments of a counter, where a smaller value means
// that it began anew at 0.
func counted(points []budget.Point) int64 {
	var sum, last float64
	for _, p := range points {
		if math.IsNaN(p.V) {
			last = 0
			continue
		}
		if p.V < last {
			last = 0
		}
		sum += p.V - last
		last = p.V
	}
	return int64(sum)
}

func scenario(t *testing.T, change func(*Options)) *Service {
	t.Helper()
	o, err := Scenario(10, 7)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func feed(t *testing.T, s *Service, step time.Duration) recorder {
	t.Helper()
	r := recorder{}
	src := s.Source()
	for at := s.Start(); !at.After(s.End()); at = at.Add(step) {
		if err := src.Feed(r, at); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func TestTruthIsTheSumOfCounterIncrements(t *testing.T) {
	for name, late := range map[string]bool{"born at 0": false, "born at the first error": true} {
		t.Run(name, func(t *testing.T) {
			s := scenario(t, func(o *Options) { o.Pods, o.LateErrors, o.Length = 1, late, 12*day })
			lastScrape := s.End().Add(-s.options.Scrape)
			wantBad, wantTotal := s.Truth(s.Start(), lastScrape)
			lostBad, lostTotal := s.Lost()
			var bad, total int64
			for key, points := range feed(t, s, time.Hour) {
				n := counted(points)
				total += n
				if key[len(key)-3] == '5' {
					bad += n
				}
			}
			if bad+lostBad != wantBad || total+lostTotal != wantTotal {
				t.Errorf("counters say %d bad of %d and restarts lost %d of %d, truth is %d of %d", bad, total, lostBad, lostTotal, wantBad, wantTotal)
			}
			if lostTotal == 0 || lostTotal > wantTotal/1000 {
				t.Errorf("restarts lost %d of %d events, want some but hardly any", lostTotal, wantTotal)
			}
		})
	}
}

func TestTruthAddsUp(t *testing.T) {
	s := scenario(t, nil)
	middle := s.Start().Add(17*day + 3*time.Minute)
	b1, t1 := s.Truth(s.Start(), middle)
	b2, t2 := s.Truth(middle, s.End())
	bad, total := s.Truth(s.Start().Add(-time.Hour), s.End().Add(time.Hour))
	if b1+b2 != bad || t1+t2 != total {
		t.Errorf("halves give %d of %d, the whole %d of %d", b1+b2, t1+t2, bad, total)
	}
}

// The expected means follow from the options by hand; a Poisson number with
// mean m lies within 5·√m of it.
func TestTrafficFollowsTheScenario(t *testing.T) {
	s := scenario(t, nil)
	at := func(d int, clock time.Duration) time.Time { return s.Start().Add(time.Duration(d)*day + clock) }
	outage, _, ok := s.Incident(Outage)
	if !ok {
		t.Fatal("the scenario has no outage")
	}
	for _, c := range []struct {
		name     string
		from     time.Time
		length   time.Duration
		rate     float64 // requests per second in the middle
		badShare float64
	}{
		{"weekly peak", at(1, 13*time.Hour+55*time.Minute), 10 * time.Minute, 500, 0.0002},
		{"night", at(2, 1*time.Hour+55*time.Minute), 10 * time.Minute, 50, 0.0002},
		{"Saturday noon", at(5, 13*time.Hour+55*time.Minute), 10 * time.Minute, 350, 0.0002},
		{"outage", outage, 20 * time.Minute, 499.7, 0.4},
		{"slow burn", at(18, 13*time.Hour+55*time.Minute), 10 * time.Minute, 500, 0.003},
		{"night incident", at(34, 1*time.Hour+55*time.Minute), 10 * time.Minute, 35, 0.015},
	} {
		bad, total := s.Truth(c.from, c.from.Add(c.length))
		mean := c.rate * c.length.Seconds()
		if diff := math.Abs(float64(total) - mean); diff > 5*math.Sqrt(mean)+0.002*mean {
			t.Errorf("%s: %d events, want about %.0f", c.name, total, mean)
		}
		if diff := math.Abs(float64(bad) - mean*c.badShare); diff > 5*math.Sqrt(mean*c.badShare)+0.002*mean*c.badShare {
			t.Errorf("%s: %d bad events, want about %.0f", c.name, bad, mean*c.badShare)
		}
	}
}

func TestEqualSeedsGiveEqualTraffic(t *testing.T) {
	short := func(seed uint64) recorder {
		return feed(t, scenario(t, func(o *Options) { o.Length, o.Seed = 2*day, seed }), 6*time.Hour)
	}
	first := short(1)
	if diff := cmp.Diff(first, short(1)); diff != "" {
		t.Errorf("two runs of seed 1 differ: %s", diff)
	}
	if cmp.Equal(first, short(2)) {
		t.Error("seeds 1 and 2 give the same traffic")
	}
}

func TestStepsDoNotMatter(t *testing.T) {
	s := scenario(t, func(o *Options) { o.Length, o.LateErrors = 2*day, true })
	if diff := cmp.Diff(feed(t, s, 30*time.Second), feed(t, s, 2*day), cmp.Comparer(samePoint)); diff != "" {
		t.Errorf("small steps differ from one step: %s", diff)
	}
}

func samePoint(a, b budget.Point) bool {
	return a.T == b.T && math.Float64bits(a.V) == math.Float64bits(b.V)
}

func TestSeriesAndScrapes(t *testing.T) {
	s := scenario(t, func(o *Options) { o.Length = day })
	r := feed(t, s, day)
	if len(r) != 10 {
		t.Fatalf("series are %v, want 10", maps.Keys(r))
	}
	for key, points := range r {
		if len(points) != 2880 {
			t.Errorf("%s: %d samples in a day, want 2880", key, len(points))
		}
		for i := 1; i < len(points); i++ {
			if points[i].T-points[i-1].T != 30_000 {
				t.Fatalf("%s: scrapes at %d and %d ms, want 30 s apart", key, points[i-1].T, points[i].T)
			}
		}
	}
	if a, b := r["pod-0:8080 200"][0].T, r["pod-1:8080 200"][0].T; a == b {
		t.Error("both pods are scraped at the same time")
	}
}

func TestDeployResetsEveryPod(t *testing.T) {
	s := scenario(t, func(o *Options) { o.Length, o.Restarts = day, 0 })
	for key, points := range feed(t, s, day) {
		resets := 0
		for i := 1; i < len(points); i++ {
			if points[i].V < points[i-1].V {
				resets++
			}
		}
		if key[len(key)-3] == '2' && resets != 1 {
			t.Errorf("%s: %d resets on a day with one deploy", key, resets)
		}
	}
}

func TestLateErrorSeriesVanishWithAMarker(t *testing.T) {
	s := scenario(t, func(o *Options) { o.Length, o.Restarts, o.LateErrors = day, 0, true })
	points := feed(t, s, day)["pod-0:8080 503"]
	if first := points[0]; first.V == 0 {
		t.Errorf("the series is born at 0 at %d ms", first.T)
	}
	markers := 0
	for _, p := range points {
		if value.IsStaleNaN(p.V) {
			markers++
		} else if math.IsNaN(p.V) {
			t.Errorf("NaN at %d ms is no staleness marker", p.T)
		}
	}
	if markers != 1 {
		t.Errorf("%d staleness markers around one deploy, want 1", markers)
	}
}

func TestBadOptions(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"no pods":           func(o *Options) { o.Pods = 0 },
		"odd scrape":        func(o *Options) { o.Scrape = 7 * time.Second },
		"odd length":        func(o *Options) { o.Length = day + time.Second },
		"odd start":         func(o *Options) { o.Start = o.Start.Add(time.Second) },
		"shares under one":  func(o *Options) { o.Codes = o.Codes[:4] },
		"no requests":       func(o *Options) { o.PeakRate = 0 },
		"shorter than once": func(o *Options) { o.Length = Tick },
	} {
		o, err := Scenario(10, 1)
		if err != nil {
			t.Fatal(err)
		}
		change(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := Scenario(12, 1); err == nil {
		t.Error("scenario of 12 series: accepted")
	}
}

func TestPoissonMeanAndVariance(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, mean := range []float64{0.02, 1, 11.9, 12.1, 80, 2500} {
		const n = 200_000
		var sum, squares float64
		for range n {
			k := float64(poisson(random, mean))
			sum += k
			squares += (k - mean) * (k - mean)
		}
		// Five standard errors: of the mean √(m/n), of the variance √((m+2m²)/n).
		if diff := math.Abs(sum/n - mean); diff > 5*math.Sqrt(mean/n) {
			t.Errorf("mean %v: drew %v", mean, sum/n)
		}
		if diff := math.Abs(squares/n - mean); diff > 5*math.Sqrt((mean+2*mean*mean)/n) {
			t.Errorf("mean %v: variance %v", mean, squares/n)
		}
	}
}
