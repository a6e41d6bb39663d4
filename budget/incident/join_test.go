package incident_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"headroom/budget"
	"headroom/budget/incident"
)

// hour is a timeline of an hour in steps of 10 s without a bad event.
func hour() timeline {
	list := make(timeline, 360)
	for i := range list {
		from := epoch.Add(time.Duration(i) * 10 * time.Second)
		list[i] = budget.Slice{Start: from.UnixMilli(), End: from.Add(10 * time.Second).UnixMilli(), Total: budget.CountOf(100)}
	}
	return list
}

// TestCalmPaysNothingBack puts much calm traffic between two incidents that are
// near to one another.
func TestCalmPaysNothingBack(t *testing.T) {
	l := quiet()
	l.fail(100, 102, 200)
	l.fail(110, 112, 300)
	for i := 103; i < 109; i++ {
		l[i].Bad, l[i].Total = 0, budget.CountOf(100_000)
	}
	list := l.find()
	if len(list) != 1 || !list[0].Start.Equal(at(100)) || !list[0].End.Equal(at(112)) {
		t.Fatalf("%+v, want one", list)
	}
	in := list[0]
	if in.Bad != 1000 || in.Total != 4000 || math.Abs(in.Excess-996) > 1e-9 || math.Abs(in.Burn-250) > 1e-9 || in.Peak != 300 || !in.PeakAt.Equal(at(111)) {
		t.Errorf("%+v, want 996 of 1000 bad events beyond what is allowed, and the calm in none of it", in)
	}
	if in.Nats < incident.MinNats {
		t.Errorf("%v nats for what two incidents had more than %d for each", in.Nats, incident.MinNats)
	}
}

// TestJoinedCostAtLeastWhatEachDid makes bursts among calm times of every traffic
// and compares the incidents with those of each burst alone.
func TestJoinedCostAtLeastWhatEachDid(t *testing.T) {
	joined := 0
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 9))
		l := quiet()
		for i := range l {
			if r.IntN(3) == 0 {
				l[i].Total = budget.CountOf(events * math.Exp(6*r.Float64()))
			}
		}
		calmly := slices.Clone(l)
		var bursts []timeline
		for i := 50; i < steps-200; i += 1 + r.IntN(30) {
			n, bad := 1+r.IntN(3), 50+800*r.Float64()
			alone := slices.Clone(calmly)
			for _, into := range []timeline{l, alone} {
				for j := i; j < i+n; j++ {
					into[j].Bad, into[j].Total = budget.CountOf(bad), budget.CountOf(events)
				}
			}
			if i += n; len(bursts) < 10 {
				bursts = append(bursts, alone)
			}
		}
		list := l.find()
		for _, in := range list {
			if in.Excess <= 0 || in.Share <= 0 || in.Burn <= 1 || in.Nats < incident.MinNats {
				t.Fatalf("seed %d: %+v costs nothing", seed, in)
			}
		}
		for _, alone := range bursts {
			for _, one := range alone.find() {
				i := slices.IndexFunc(list, func(in incident.Incident) bool { return !in.Start.After(one.Start) && !in.End.Before(one.End) })
				if i < 0 || list[i].Excess < one.Excess-1e-6 {
					t.Fatalf("seed %d: %+v alone, among others %+v", seed, one, list)
				}
				if list[i].Duration() > one.Duration() {
					joined++
				}
			}
		}
	}
	if joined < 40 {
		t.Errorf("%d incidents were joined with others", joined)
	}
}

// TestShortWindowsTellIncidentsApart has two incidents half an hour apart in an
// objective of an hour.
func TestShortWindowsTellIncidentsApart(t *testing.T) {
	l := hour()
	l.fail(30, 36, 50)
	l.fail(240, 246, 50)
	list := incident.Find(incident.Options{Slices: l, Rate: 0.01, Budget: 360, Window: time.Hour, Resolution: 10 * time.Second})
	if len(list) != 2 || list[0].Duration() != time.Minute || list[1].Duration() != time.Minute {
		t.Errorf("%+v, want two of a minute", list)
	}
	for _, tt := range []struct{ window, resolution, want time.Duration }{
		{28 * 24 * time.Hour, 5 * time.Minute, time.Hour},
		{24 * time.Hour, time.Minute, time.Hour},
		{time.Hour, 10 * time.Second, 150 * time.Second},
		{time.Hour, time.Minute, 3 * time.Minute},
		{90 * 24 * time.Hour, time.Hour, 3 * time.Hour},
	} {
		if got := incident.Apart(tt.window, tt.resolution); got != tt.want {
			t.Errorf("%s in steps of %s: %s apart, want %s", tt.window, tt.resolution, got, tt.want)
		}
	}
}
