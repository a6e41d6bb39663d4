package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"headroom/api/client"
	"headroom/internal/spool"
	"headroom/slo/event"
)

// How reports are sent.
const (
	oneTry     = 3 * time.Second        // bounds one request
	firstPause = 200 * time.Millisecond // between tries; doubles
	lastPause  = 2 * time.Second
)

// reporter hands reports to the service, or keeps them for the next command
// that has one.
type reporter struct {
	service *client.Client
	kept    *spool.Spool // nil when there is no place for it
	stderr  io.Writer

	yielding bool // what is kept is not tried again once a connection was refused

	recorded int // events of the last request: kept reports go oldest first, so that it is the newest
}

// newReporter makes a reporter. Its error is one of the command line, or of the
// token's file.
func newReporter(flags *serviceFlags, stderr io.Writer) (*reporter, error) {
	service, err := flags.client(oneTry)
	r := &reporter{service: service, stderr: stderr}
	dir, dirErr := spool.Dir(os.Getenv)
	if dirErr == nil {
		r.kept = spool.New(dir, flags.address(), time.Now)
	}
	return r, err
}

func (r *reporter) say(format string, args ...any) {
	fmt.Fprintf(r.stderr, "headroom: "+format+"\n", args...)
}

// send is a spool's way to the service.
func (r *reporter) send(ctx context.Context, reports ...event.Event) error {
	if r.service == nil {
		return errors.New("the token could not be read")
	}
	taken, err := r.service.Record(ctx, reports...)
	if taken.Dropped > 0 {
		r.say("%s", taken.Reason)
	}
	r.recorded = taken.Recorded
	if errors.Is(err, client.ErrInvalid) {
		return fmt.Errorf("%w: %w", spool.ErrRefused, err)
	}
	return err
}

// report delivers what was kept earlier and then reports, trying for so long.
// When it returns an error the reports are kept for later if they can be; it
// has said so.
func (r *reporter) report(ctx context.Context, patience time.Duration, reports ...event.Event) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if r.kept == nil {
		return r.sendNow(ctx, reports...)
	}
	dropped, err := r.kept.Add(reports...)
	if dropped > 0 {
		r.say("%s thrown away: more than %d are waiting for the service", count(dropped, "old report"), spool.MaxFiles)
	}
	if err != nil {
		r.say("%s", err)
		return r.sendNow(ctx, reports...)
	}
	return r.empty(ctx)
}

// sendNow sends what cannot be kept.
func (r *reporter) sendNow(ctx context.Context, reports ...event.Event) error {
	err := r.try(ctx, false, func() error { return r.send(ctx, reports...) })
	if err != nil {
		r.say("%s: the report is lost, since there is no place to keep it in: set HOME or XDG_STATE_HOME", err)
	}
	return err
}

// empty delivers what is kept until all of it is, or time is over.
func (r *reporter) empty(ctx context.Context) error {
	var refused error
	left := 0
	err := r.try(ctx, r.yielding, func() error {
		d, err := r.kept.Deliver(ctx, r.send)
		for _, why := range d.Refused {
			r.say("report thrown away: %s", why)
			refused = why
		}
		left = d.Left
		return err
	})
	if err != nil {
		r.say("%s\n%s kept in %s; the next headroom exec or headroom event send delivers it", err, count(left, "report"), r.kept.Path())
		return err
	}
	return refused
}

// try repeats what the service could not do now until the context ends, or
// nothing listens at its address and it is to yield.
func (r *reporter) try(ctx context.Context, yielding bool, do func() error) error {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := do()
		if err == nil || !errors.Is(err, client.ErrUnavailable) || yielding && errors.Is(err, syscall.ECONNREFUSED) {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return err
		case <-timer.C:
		}
	}
}
