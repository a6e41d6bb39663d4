package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"headroom/alerting/outbox"
	"headroom/budget/sqlite"
)

// receiver is a chat that answers each try with the next of its errors, and
// with success when there are none left.
type receiver struct {
	mu     sync.Mutex
	errs   []error
	tries  []time.Time
	got    []string
	repeat []outbox.Repeat
}

func (r *receiver) Send(ctx context.Context, m outbox.Message, repeat outbox.Repeat) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tries = append(r.tries, time.Now())
	if len(r.errs) > 0 {
		err := r.errs[0]
		r.errs = r.errs[1:]
		if err != nil {
			return err
		}
	}
	r.got, r.repeat = append(r.got, m.Key), append(r.repeat, repeat)
	return nil
}

func (r *receiver) messages() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// pauses are the times between the tries.
func (r *receiver) pauses() []time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []time.Duration
	for i := 1; i < len(r.tries); i++ {
		list = append(list, r.tries[i].Sub(r.tries[i-1]))
	}
	return list
}

func store(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newOutbox(t *testing.T, s *sqlite.Store, sender outbox.Sender) *outbox.Outbox {
	t.Helper()
	o, err := outbox.New(outbox.Options{Store: s.Outbox(), Sender: sender, Random: func() float64 { return 0.5 }})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// run runs an outbox in a bubble of its own time for a while, with what story
// does meanwhile.
func run(t *testing.T, path string, sender outbox.Sender, d time.Duration, story func(o *outbox.Outbox)) []outbox.Entry {
	t.Helper()
	var unsent []outbox.Entry
	synctest.Test(t, func(t *testing.T) {
		s := store(t, path)
		o := newOutbox(t, s, sender)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- o.Run(ctx) }()
		if story != nil {
			story(o)
		}
		time.Sleep(d)
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		var err error
		if unsent, err = o.Unsent(context.Background()); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return unsent
}

func enqueue(t *testing.T, o *outbox.Outbox, keys ...string) {
	t.Helper()
	for _, key := range keys {
		if _, err := o.Enqueue(context.Background(), message(key)); err != nil {
			t.Fatal(err)
		}
	}
}

func message(key string) outbox.Message {
	return outbox.Message{Key: key, Channel: "#platform", Title: "title of " + key, Body: []byte(`{"text":"hello"}`)}
}

func path(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "headroom.db")
}

func TestDeliversEachKeyOnce(t *testing.T) {
	chat, file := &receiver{}, path(t)
	unsent := run(t, file, chat, time.Minute, func(o *outbox.Outbox) {
		enqueue(t, o, "a", "b")
		if added, err := o.Enqueue(context.Background(), message("a")); err != nil || added {
			t.Errorf("the key a is taken twice: %t, %v", added, err)
		}
	})
	if got := chat.messages(); !slices.Equal(got, []string{"a", "b"}) || len(unsent) != 0 {
		t.Errorf("delivered %v, unsent %v", got, unsent)
	}
	for _, r := range chat.repeat {
		if r != outbox.NoRepeat {
			t.Errorf("marked as repeated: %s", r)
		}
	}
	if pauses := chat.pauses(); pauses[0] < time.Second {
		t.Errorf("two messages within %s", pauses[0])
	}
	again := &receiver{}
	run(t, file, again, time.Hour, func(o *outbox.Outbox) {
		if added, err := o.Enqueue(context.Background(), message("b")); err != nil || added {
			t.Errorf("the key b is taken again after a restart: %t, %v", added, err)
		}
	})
	if got := again.messages(); len(got) != 0 {
		t.Errorf("delivered again: %v", got)
	}
}

func TestTemporaryFailuresAreRetriedEverSlower(t *testing.T) {
	chat := &receiver{errs: []error{errors.New("a"), errors.New("b"), errors.New("c"), errors.New("d")}}
	unsent := run(t, path(t), chat, time.Hour, func(o *outbox.Outbox) { enqueue(t, o, "k") })
	if got := chat.messages(); len(got) != 1 || len(unsent) != 0 {
		t.Fatalf("delivered %v, unsent %v", got, unsent)
	}
	for i, want := range []time.Duration{10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute} {
		if got := chat.pauses()[i]; got < want || got > want+6*time.Second {
			t.Errorf("pause %d is %s, want %s", i, got, want)
		}
	}
}

func TestRateLimitHoldsEverything(t *testing.T) {
	chat := &receiver{errs: []error{&outbox.SendError{Reason: "slow down", RetryAfter: 90 * time.Second}}}
	run(t, path(t), chat, 5*time.Minute, func(o *outbox.Outbox) {
		enqueue(t, o, "a", "b")
		time.Sleep(20 * time.Second)
		enqueue(t, o, "c")
	})
	if got := chat.messages(); len(got) != 3 {
		t.Fatalf("delivered %v", got)
	}
	if pause := chat.pauses()[0]; pause < 90*time.Second || pause > 100*time.Second {
		t.Errorf("the next try came after %s, want what was asked for, 90s", pause)
	}
}

func TestPermanentFailuresAreKeptAndTriedHourly(t *testing.T) {
	chat, file := &receiver{}, path(t)
	for range 100 {
		chat.errs = append(chat.errs, &outbox.SendError{Reason: "channel_not_found", Permanent: true})
	}
	unsent := run(t, file, chat, 150*time.Minute, func(o *outbox.Outbox) { enqueue(t, o, "k") })
	if len(unsent) != 1 || unsent[0].State != outbox.Failed || unsent[0].LastError != "channel_not_found" || unsent[0].Attempts != 3 || unsent[0].Title != "title of k" {
		t.Fatalf("unsent: %+v, want one that failed three times in 150 minutes", unsent)
	}
	mended := &receiver{}
	if unsent := run(t, file, mended, time.Minute, nil); len(unsent) != 0 || len(mended.messages()) != 1 {
		t.Errorf("a restart with a new configuration does not send it within a minute: %+v", unsent)
	}
}

func TestWithdrawnMessagesAreForgotten(t *testing.T) {
	chat, file := &receiver{errs: []error{&outbox.SendError{Reason: "channel_not_found", Permanent: true}, errors.New("later")}}, path(t)
	withdraw := func(o *outbox.Outbox) (gone []bool) {
		unsent, err := o.Unsent(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range unsent {
			done, err := o.Withdraw(context.Background(), e)
			if err != nil {
				t.Fatal(err)
			}
			gone = append(gone, done)
		}
		return gone
	}
	unsent := run(t, file, chat, time.Minute, func(o *outbox.Outbox) {
		enqueue(t, o, "failed", "pending")
		time.Sleep(5 * time.Second)
		if gone := withdraw(o); !slices.Equal(gone, []bool{true, false}) {
			t.Errorf("withdrawn %v, want the failed one only", gone)
		}
	})
	if got := chat.messages(); len(unsent) != 0 || !slices.Equal(got, []string{"pending"}) {
		t.Errorf("delivered %v, unsent %+v", got, unsent)
	}
	run(t, file, chat, time.Minute, func(o *outbox.Outbox) { enqueue(t, o, "failed") })
	if got := chat.messages(); !slices.Equal(got, []string{"pending", "failed"}) {
		t.Errorf("delivered %v; the key of a withdrawn message can be taken again", got)
	}
	s := store(t, file)
	defer func() { _ = s.Close() }()
	now := time.Now()
	if _, err := s.Outbox().Enqueue(t.Context(), message("tried"), now); err != nil {
		t.Fatal(err)
	}
	e, _, err := s.Outbox().Claim(t.Context(), now, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Outbox().Record(t.Context(), e.ID, outbox.Outcome{State: outbox.Failed, NextTry: now, At: now}); err != nil {
		t.Fatal(err)
	}
	if _, found, err := s.Outbox().Claim(t.Context(), now, now.Add(time.Minute)); err != nil || !found {
		t.Fatalf("claim again: %t, %v", found, err)
	}
	if gone, err := s.Outbox().Withdraw(t.Context(), e.ID, now); err != nil || gone {
		t.Errorf("withdrawn while a try goes on: %t, %v", gone, err)
	}
}

func TestWhatMayHaveArrivedIsMarked(t *testing.T) {
	chat := &receiver{errs: []error{&outbox.SendError{Reason: "timeout", NoAnswer: true}, errors.New("refused")}}
	run(t, path(t), chat, time.Hour, func(o *outbox.Outbox) { enqueue(t, o, "k") })
	if len(chat.repeat) != 1 || chat.repeat[0] != outbox.AfterNoResponse {
		t.Errorf("repeat %q, want that nothing answered, also after another failure", chat.repeat)
	}
}

// TestTwoSendersShareAStore has two services at work on one outbox.
func TestTwoSendersShareAStore(t *testing.T) {
	file, chat := path(t), &receiver{}
	synctest.Test(t, func(t *testing.T) {
		s := store(t, file)
		ctx, stop := context.WithCancel(t.Context())
		var group sync.WaitGroup
		var keys []string
		for range 2 {
			o := newOutbox(t, s, chat)
			group.Go(func() { _ = o.Run(ctx) })
			for i := range 20 {
				key := fmt.Sprint("k", i)
				enqueue(t, o, key)
				keys = append(keys, key)
			}
		}
		time.Sleep(10 * time.Minute)
		stop()
		group.Wait()
		got := chat.messages()
		slices.Sort(got)
		slices.Sort(keys)
		if !slices.Equal(got, slices.Compact(keys)) {
			t.Errorf("delivered %v", got)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestNewNeedsItsOptions(t *testing.T) {
	if _, err := outbox.New(outbox.Options{}); err == nil {
		t.Error("an outbox without a store")
	}
}
