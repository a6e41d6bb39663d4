package spool_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"headroom/internal/spool"
	"headroom/slo/event"
)

func open(t *testing.T) *spool.Spool {
	t.Helper()
	at := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	return spool.New(filepath.Join(t.TempDir(), "spool"), "http://127.0.0.1:9876", func() time.Time {
		at = at.Add(time.Millisecond)
		return at
	})
}

func report(run string) event.Event {
	return event.Event{Source: "exec", Kind: event.Pipeline, Subject: "shop", Run: run, Attempt: 1}
}

func add(t *testing.T, s *spool.Spool, runs ...string) (dropped int) {
	t.Helper()
	for _, run := range runs {
		n, err := s.Add(report(run))
		if err != nil {
			t.Fatal(err)
		}
		dropped += n
	}
	return dropped
}

// service takes reports until it fails.
type service struct {
	runs []string
	fail map[string]error
}

func (s *service) send(_ context.Context, reports ...event.Event) error {
	for _, r := range reports {
		if err := s.fail[r.Run]; err != nil {
			return err
		}
		s.runs = append(s.runs, r.Run)
	}
	return nil
}

func TestOldestFirst(t *testing.T) {
	s := open(t)
	add(t, s, "1", "2", "3")
	away := errors.New("away")
	server := &service{fail: map[string]error{"2": away}}
	d, err := s.Deliver(t.Context(), server.send)
	if !errors.Is(err, away) || d.Sent != 1 || d.Left != 2 {
		t.Errorf("%+v, %v; want one sent and two left", d, err)
	}
	server.fail = nil
	d, err = s.Deliver(t.Context(), server.send)
	if err != nil || d.Sent != 2 || d.Left != 0 || !slices.Equal(server.runs, []string{"1", "2", "3"}) {
		t.Errorf("%+v, %v, sent %q", d, err, server.runs)
	}
	if d, err := s.Deliver(t.Context(), server.send); err != nil || d.Sent != 0 {
		t.Errorf("sent again: %+v, %v", d, err)
	}
}

func TestRefusedReportsBlockNothing(t *testing.T) {
	s := open(t)
	add(t, s, "1", "2")
	if err := os.WriteFile(filepath.Join(s.Path(), "00000000000000000000-x.json"), []byte(`[{"source":`), 0o600); err != nil {
		t.Fatal(err)
	}
	server := &service{fail: map[string]error{"1": fmt.Errorf("%w: no such kind", spool.ErrRefused)}}
	d, err := s.Deliver(t.Context(), server.send)
	if err != nil || d.Sent != 1 || len(d.Refused) != 2 || d.Left != 0 {
		t.Errorf("%+v, %v; want two refused and one sent", d, err)
	}
}

func TestOnlyTheOwnerReads(t *testing.T) {
	s := open(t)
	add(t, s, "1")
	for path, want := range map[string]os.FileMode{s.Path(): 0o700, filepath.Dir(s.Path()): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	entries, err := os.ReadDir(s.Path())
	if err != nil || len(entries) != 1 {
		t.Fatalf("%v, %v", entries, err)
	}
	if info, err := entries[0].Info(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestSpoolIsBounded(t *testing.T) {
	s := open(t)
	for i := range spool.MaxFiles {
		if dropped := add(t, s, strconv.Itoa(i)); dropped != 0 {
			t.Fatalf("report %d pushes %d out", i, dropped)
		}
	}
	if dropped := add(t, s, "one", "two"); dropped != 2 {
		t.Errorf("dropped %d, want 2", dropped)
	}
	server := &service{}
	if d, err := s.Deliver(t.Context(), server.send); err != nil || d.Sent != spool.MaxFiles || server.runs[0] != "2" {
		t.Errorf("%+v, %v, first %q", d, err, server.runs[0])
	}
}

func TestServicesHaveTheirOwnSpools(t *testing.T) {
	dir := t.TempDir()
	a, slash := spool.New(dir, "http://a", time.Now), spool.New(dir, "http://a/", time.Now)
	b := spool.New(dir, "http://b", time.Now)
	if a.Path() != slash.Path() || a.Path() == b.Path() {
		t.Errorf("spools in %s, %s and %s", a.Path(), slash.Path(), b.Path())
	}
}

func TestDir(t *testing.T) {
	for want, env := range map[string]map[string]string{
		"/s/headroom/spool":              {"XDG_STATE_HOME": "/s", "HOME": "/h"},
		"/h/.local/state/headroom/spool": {"XDG_STATE_HOME": "relative", "HOME": "/h"},
		"":                               {},
	} {
		got, err := spool.Dir(func(name string) string { return env[name] })
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%v: %q, %v; want %q", env, got, err, want)
		}
	}
}
