package outbox_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"headroom/alerting/outbox"
	"headroom/budget/sqlite"
)

// The environment makes the test binary a service that sends one message.
const (
	fileEnv = "HEADROOM_TEST_OUTBOX"
	chatEnv = "HEADROOM_TEST_CHAT"
)

func TestMain(m *testing.M) {
	if file := os.Getenv(fileEnv); file != "" {
		fmt.Fprintln(os.Stderr, sendUntilKilled(file, os.Getenv(chatEnv)))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// poster sends to a server over HTTP.
type poster string

func (p poster) Send(ctx context.Context, m outbox.Message, repeat outbox.Repeat) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, string(p), strings.NewReader(m.Key+" "+string(repeat)))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

func sendUntilKilled(file, chat string) error {
	ctx := context.Background()
	s, err := sqlite.Open(ctx, sqlite.Options{Path: file})
	if err != nil {
		return err
	}
	o, err := outbox.New(outbox.Options{Store: s.Outbox(), Sender: poster(chat)})
	if err != nil {
		return err
	}
	if _, err := o.Enqueue(ctx, message("k")); err != nil {
		return err
	}
	return o.Run(ctx)
}

// TestKilledBetweenDeliveryAndRecord kills the service once its message has
// arrived and before it hears so. The next one repeats it, and says so.
func TestKilledBetweenDeliveryAndRecord(t *testing.T) {
	file := path(t)
	arrived := make(chan struct{})
	release := make(chan struct{})
	chat := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-release
	}))
	defer chat.Close()
	defer close(release)
	service := exec.CommandContext(t.Context(), os.Args[0])
	service.Env = append(os.Environ(), fileEnv+"="+file, chatEnv+"="+chat.URL)
	service.Stderr = os.Stderr
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	<-arrived
	if err := service.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = service.Wait() // it was killed

	s := store(t, file)
	defer func() { _ = s.Close() }()
	next := &receiver{}
	now := time.Now()
	o, err := outbox.New(outbox.Options{Store: s.Outbox(), Sender: next, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	if added, err := o.Enqueue(t.Context(), message("k")); err != nil || added {
		t.Fatalf("the message is not durable: taken anew %t, %v", added, err)
	}
	if _, found, err := s.Outbox().Claim(t.Context(), now, now.Add(time.Minute)); err != nil || found {
		t.Fatalf("the try is claimed while it may still go on: %t, %v", found, err)
	}
	now = now.Add(2 * time.Minute)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- o.Run(ctx) }()
	for deadline := time.Now().Add(30 * time.Second); len(next.messages()) == 0; {
		if time.Now().After(deadline) {
			t.Fatal("nothing was sent")
		}
		time.Sleep(time.Millisecond) // the database is real, and so is its time
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if len(next.repeat) != 1 || next.repeat[0] != outbox.AfterRestart {
		t.Errorf("repeats %q, want one after a restart", next.repeat)
	}
}
