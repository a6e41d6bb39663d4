package events_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"headroom/budget/events"
	"headroom/budget/sqlite"
	"headroom/slo"
	"headroom/slo/event"
)

// recorderEnv makes the test binary a recorder on the database it names.
const recorderEnv = "HEADROOM_TEST_EVENTS"

func TestMain(m *testing.M) {
	if path := os.Getenv(recorderEnv); path != "" {
		fmt.Fprintln(os.Stderr, recordUntilKilled(path, os.Getenv(recorderEnv+"_ROUND")))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

const (
	writers = 4
	batch   = 3 // reports in one call, of which every third failed
)

// recordUntilKilled lets several writers record, each report of a run twice,
// and prints each batch once it is acknowledged.
func recordUntilKilled(path, round string) error {
	ctx := context.Background()
	db, err := sqlite.Open(ctx, sqlite.Options{Path: path})
	if err != nil {
		return err
	}
	r, err := events.New(events.Options{Store: db.Events(), Clock: func() time.Time { return after(time.Hour) }})
	if err != nil {
		return err
	}
	if err := r.SetObjectives(ctx, []*slo.Objective{objective("success")}); err != nil {
		return err
	}
	var printing sync.Mutex
	failed := make(chan error)
	for w := range writers {
		go func() {
			for n := 0; ; n++ {
				name := fmt.Sprintf("%s-%d-%d", round, w, n)
				if _, err := r.Record(ctx, runsOf(name)...); err != nil {
					failed <- err
				}
				printing.Lock()
				fmt.Println(name)
				printing.Unlock()
			}
		}()
	}
	return <-failed
}

func runsOf(name string) []event.Event {
	var list []event.Event
	for i := range batch {
		e := ended(i, 10*time.Minute, event.Success)
		if i == 0 {
			e.Outcome = event.Failure
		}
		e.Run = fmt.Sprintf("%s-%d", name, i)
		running := e
		running.Outcome, running.Finished = "", time.Time{}
		list = append(list, running, e, running)
	}
	return list
}

// acknowledged starts a recorder, kills it at some moment and returns the
// batches that it acknowledged.
func acknowledged(t *testing.T, path string, round int, lifetime time.Duration) []string {
	t.Helper()
	recorder := exec.CommandContext(t.Context(), os.Args[0])
	recorder.Env = append(os.Environ(), recorderEnv+"="+path, fmt.Sprintf("%s_ROUND=%d", recorderEnv, round))
	recorder.Stderr = os.Stderr
	out, err := recorder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := recorder.Start(); err != nil {
		t.Fatal(err)
	}
	var names []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if len(names) == 0 {
			time.AfterFunc(lifetime, func() { _ = recorder.Process.Kill() })
		}
		names = append(names, lines.Text())
	}
	if err := recorder.Wait(); recorder.ProcessState.Success() || recorder.ProcessState.ExitCode() == 1 {
		t.Fatalf("the recorder ended by itself: %v", err)
	}
	return names
}

// TestKillLosesNoAcknowledgedEvent kills a recorder under load again and again.
// Whatever it acknowledged is there once, and the counters are the count.
func TestKillLosesNoAcknowledgedEvent(t *testing.T) {
	s := newStation(t, objective("success"))
	s.stop()
	var names []string
	for round := range 6 {
		names = append(names, acknowledged(t, s.path, round, time.Duration(20+37*round)*time.Millisecond)...)
	}
	s.open()
	s.now = after(time.Hour)
	s.declare(s.declared...)
	seen, good, bad := map[string]int{}, 0, 0
	for scan := (events.Scan{Limit: 1000}); ; {
		list, next, err := s.store.Scan(t.Context(), scan)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		scan.After = next
		for _, stored := range list {
			seen[stored.Event.Run]++
			if stored.Event.Outcome == event.Success {
				good++
			} else {
				bad++
			}
		}
	}
	for _, name := range names {
		for i := range batch {
			if n := seen[fmt.Sprintf("%s-%d", name, i)]; n != 1 {
				t.Errorf("batch %s was acknowledged, and event %d is there %d times", name, i, n)
			}
		}
	}
	if extra := len(seen) - batch*len(names); extra < 0 || extra > 6*writers*batch || extra%batch != 0 {
		t.Errorf("%d events are there and %d acknowledged", len(seen), batch*len(names))
	}
	if len(names) < 20 {
		t.Errorf("only %d batches were acknowledged", len(names))
	}
	s.wantCounters(s.declared[0], good, bad)
	for _, name := range names {
		s.record(runsOf(name)...)
	}
	s.wantCounters(s.declared[0], good, bad)
	t.Logf("%d batches acknowledged, %d events", len(names), len(seen))
}
