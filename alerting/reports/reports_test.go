package reports_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"headroom/alerting/outbox"
	"headroom/alerting/reports"
	"headroom/budget"
	"headroom/internal/schedule"
	"headroom/slo"
)

// post is an outbox and the marks, in memory.
type post struct {
	mu    sync.Mutex
	at    []time.Time
	taken []outbox.Message
	marks map[string]time.Time
	err   error

	failed    []outbox.Entry
	withdrawn []string // keys
}

func (p *post) Unsent(context.Context) ([]outbox.Entry, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.failed), nil
}

func (p *post) Withdraw(_ context.Context, e outbox.Entry) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed = slices.DeleteFunc(p.failed, func(other outbox.Entry) bool { return other.Key == e.Key })
	p.withdrawn = append(p.withdrawn, e.Key)
	return true, nil
}

// refuse makes every message fail that was taken.
func (p *post) refuse(state outbox.State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, m := range p.taken {
		p.failed = append(p.failed, outbox.Entry{ID: int64(i), Message: m, State: state, LastError: "channel_not_found"})
	}
}

func (p *post) Enqueue(_ context.Context, m outbox.Message) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return false, p.err
	}
	if slices.ContainsFunc(p.taken, func(other outbox.Message) bool { return other.Key == m.Key }) {
		return false, nil
	}
	p.taken, p.at = append(p.taken, m), append(p.at, time.Now())
	return true, nil
}

func (p *post) Mark(_ context.Context, name string) (time.Time, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	done, known := p.marks[name]
	return done, known, nil
}

func (p *post) SetMark(_ context.Context, name string, done time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.marks[name] = done
	return nil
}

func (p *post) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
}

// titles are the messages as "channel: title".
func (p *post) titles() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := []string{}
	for _, m := range p.taken {
		list = append(list, m.Channel+": "+m.Title)
	}
	return list
}

func newPost() *post { return &post{marks: map[string]time.Time{}} }

// weekly is due on Mondays at 9:00 in Berlin.
func weekly(t *testing.T, r reports.Report) reports.Report {
	t.Helper()
	zone, err := schedule.Zone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	if r.Schedule, err = schedule.Parse("0 9 * * MON", zone); err != nil {
		t.Fatal(err)
	}
	r.Period = "last-week"
	return r
}

func ledger(t *testing.T) *budget.Ledger {
	t.Helper()
	l, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var objectives []*slo.Objective
	for name, who := range map[string][2]string{"a": {"team-a", "#a"}, "b": {"team-a", "#a"}, "c": {"team-c", "#c"}, "d": {"team-d", ""}, "e": {"team-e", "#c"}} {
		objectives = append(objectives, &slo.Objective{
			ID: slo.ID{Namespace: "default", Service: "shop", Objective: name}, Owner: who[0], Channel: who[1],
			Target: slo.MustTarget("99%"), Window: slo.Window{Rolling: 28 * 24 * time.Hour}, Resolution: 5 * time.Minute,
			Indicator: slo.Ratio{Bad: slo.MustCounter("bad"), Total: slo.MustCounter("all")},
		})
	}
	if err := l.SetObjectives(t.Context(), objectives, time.Now()); err != nil {
		t.Fatal(err)
	}
	return l
}

// serve runs regular reports until a time. In a bubble, time begins at midnight
// UTC of Saturday, 1 January 2000.
func serve(t *testing.T, until time.Time, o reports.Options) *reports.Reports {
	t.Helper()
	o.Ledger = ledger(t)
	r, err := reports.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.Run(ctx) }()
	time.Sleep(time.Until(until))
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	return r
}

func january(day, hour, minute int) time.Time {
	return time.Date(2000, 1, day, hour, minute, 0, 0, time.UTC)
}

func TestEachWeekOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost()
		serve(t, january(18, 0, 0), reports.Options{Outbox: p, Marks: p, Reports: []reports.Report{weekly(t, reports.Report{Channel: "#platform"})}})
		want := []string{
			"#platform: error budgets, 27 December 1999 to 2 January 2000",
			"#platform: error budgets, 3 to 9 January 2000", "#platform: error budgets, 10 to 16 January 2000",
		}
		if got := p.titles(); !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
		for i, at := range p.at {
			if due := january(3+7*i, 8, 0); !at.Equal(due) {
				t.Errorf("report %d came at %s, want %s", i, at, due)
			}
		}
	})
}

// TestClockChanges runs through the weeks in which Berlin's clock changes.
func TestClockChanges(t *testing.T) {
	for _, test := range []struct {
		from, until, at time.Time
		key             string
	}{
		{
			time.Date(2000, 3, 25, 0, 0, 0, 0, time.UTC), time.Date(2000, 3, 28, 0, 0, 0, 0, time.UTC),
			time.Date(2000, 3, 27, 7, 0, 0, 0, time.UTC), "2000-03-19T23:00:00Z|2000-03-26T22:00:00Z",
		},
		{
			time.Date(2000, 10, 28, 0, 0, 0, 0, time.UTC), time.Date(2000, 10, 31, 0, 0, 0, 0, time.UTC),
			time.Date(2000, 10, 30, 8, 0, 0, 0, time.UTC), "2000-10-22T22:00:00Z|2000-10-29T23:00:00Z",
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Until(test.from))
			p := newPost()
			serve(t, test.until, reports.Options{Outbox: p, Marks: p, Reports: []reports.Report{weekly(t, reports.Report{Channel: "#platform"})}})
			if len(p.at) != 1 || !p.at[0].Equal(test.at) || !strings.Contains(p.taken[0].Key, test.key) {
				t.Errorf("made at %s %+v, want one at %s of %s", p.at, p.taken, test.at, test.key)
			}
		})
	}
}

func TestOwnersGetTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost()
		serve(t, january(4, 0, 0), reports.Options{Outbox: p, Marks: p, Reports: []reports.Report{weekly(t, reports.Report{Channel: "#platform", Owners: true})}})
		var got []string
		for _, m := range p.taken {
			_, scope, _ := strings.Cut(m.Key, "Berlin|")
			got = append(got, scope)
			if budgets := strings.Contains(string(m.Body), "2 budgets"); budgets != (m.Channel == "#a") {
				t.Errorf("%s: %s", m.Channel, m.Body)
			}
		}
		slices.Sort(got)
		if want := []string{"#a|team-a|#a", "#c|team-c|#c", "#c|team-e|#c", "#platform||"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestAMissedReportIsCaughtUpOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost()
		o := reports.Options{Outbox: p, Marks: p, Reports: []reports.Report{weekly(t, reports.Report{Channel: "#platform"})}}
		serve(t, january(2, 0, 0), o) // down over two Mondays
		time.Sleep(time.Until(january(12, 15, 0)))
		ready := january(12, 15, 30)
		o.Ready = func() bool { return time.Now().After(ready) }
		var log strings.Builder
		o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
		serve(t, january(13, 0, 0), o)
		if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "earlier reports were missed") || !strings.Contains(got, "skipped=1 ") {
			t.Errorf("logged %q, want one line of one report that is skipped", got)
		}
		if got := p.titles(); len(got) != 1 || !strings.Contains(got[0], "3 to 9 January 2000") {
			t.Fatalf("caught up %q, want the latest one", got)
		}
		if at := p.at[0]; at.Before(ready) || at.After(ready.Add(2*time.Second)) {
			t.Errorf("caught up at %s; the ledger is read from %s on", at, ready)
		}
		serve(t, january(14, 0, 0), o)
		if got := p.titles(); len(got) != 1 {
			t.Errorf("after another restart: %q", got)
		}
	})
}

func TestTwoServicesMakeOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost()
		o := reports.Options{Outbox: p, Marks: p, Reports: []reports.Report{weekly(t, reports.Report{Channel: "#platform"})}}
		var group sync.WaitGroup
		for range 2 {
			group.Go(func() { serve(t, january(4, 0, 0), o) })
		}
		group.Wait()
		if got := p.titles(); len(got) != 1 {
			t.Errorf("got %q", got)
		}
	})
}

func TestFailuresAreShownAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost()
		o := reports.Options{Outbox: p, Marks: p, Reports: []reports.Report{weekly(t, reports.Report{Channel: "#platform"})}}
		p.fail(errors.New("the disk is full"))
		r := serve(t, january(3, 8, 30), o)
		if errs := r.Errors(); len(errs) != 1 || errs[0].Error() != "the disk is full" || len(p.titles()) != 0 {
			t.Errorf("errors %v", errs)
		}
		p.fail(nil)
		early := time.Now().Add(90 * time.Second)
		var panicked atomic.Bool
		o.Ready = func() bool { // which must not end the clock either
			if late := time.Now().After(early); late && panicked.CompareAndSwap(false, true) {
				panic("out of paper")
			}
			return true
		}
		r = serve(t, january(10, 8, 10), o)
		if errs := r.Errors(); len(errs) != 0 || len(p.titles()) != 2 || !panicked.Load() {
			t.Errorf("errors %v, made %q", errs, p.titles())
		}
	})
}

func TestNewNeedsItsOptions(t *testing.T) {
	if _, err := reports.New(reports.Options{}); err == nil {
		t.Error("reports without a ledger")
	}
}
