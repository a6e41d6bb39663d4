package main

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"headroom/api/client"
	"headroom/internal/spool"
	"headroom/slo/event"
)

// TestNobodyListening demands that a command waits for nothing where nobody
// listens, unless it was given patience.
func TestNobodyListening(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	service, err := client.New(address, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	report := func(yielding bool, patience time.Duration) time.Duration {
		r := &reporter{service: service, kept: spool.New(t.TempDir(), address, time.Now), stderr: io.Discard, yielding: yielding}
		began := time.Now()
		err := r.report(t.Context(), patience, event.Event{Source: "exec", Kind: event.Pipeline, Subject: "a", Run: "1", Attempt: 1})
		if !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("error %v, want a refused connection", err)
		}
		return time.Since(began)
	}
	if took := report(true, time.Minute); took > 30*time.Second {
		t.Errorf("took %s, as long as there was patience", took)
	}
	if took := report(false, firstPause/4); took < firstPause/4 {
		t.Errorf("gave up after %s, before patience ended", took)
	}
}
