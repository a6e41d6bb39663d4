package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"
)

// writers send what changes state to one service again and again, and remember
// what it acknowledged.
type writers struct {
	url, token string
	http       *http.Client
	group      sync.WaitGroup
	stop       context.CancelFunc

	mu          sync.Mutex
	runs        []string // acknowledged
	failed      int      // of runs
	corrections []string // acknowledged, by reason
	revoked     map[string]bool
	notes       []string
	refused     []string // answers that say that a request was wrong
}

// startWriters begins to write: events by three clients that repeat each batch
// until it is acknowledged, corrections and notes by one each that do not.
func startWriters(t *testing.T, url, token string) *writers {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	w := &writers{url: url, token: token, http: &http.Client{Timeout: 10 * time.Second}, stop: stop, revoked: map[string]bool{}}
	t.Cleanup(w.end)
	for n := range 3 {
		w.group.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				w.report(ctx, fmt.Sprintf("%d-%d", n, i))
			}
		})
	}
	w.group.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			w.correct(ctx, i)
			pauseFor(ctx, 40*time.Millisecond)
		}
	})
	w.group.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			text := fmt.Sprintf("note %d", i)
			if w.post(ctx, "/api/v1/annotations", map[string]any{"service": "books-0", "text": text}, nil) == nil {
				w.keep(func() { w.notes = append(w.notes, text) })
			}
			pauseFor(ctx, 20*time.Millisecond)
		}
	})
	return w
}

// end stops writing. Every batch of events that was begun is acknowledged by
// then, if the service runs.
func (w *writers) end() {
	w.stop()
	w.group.Wait()
}

func (w *writers) keep(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

// acknowledged counts everything that was.
func (w *writers) acknowledged() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.runs) + len(w.corrections) + len(w.revoked) + len(w.notes)
}

// report sends three runs, of which the first failed, until it is acknowledged.
func (w *writers) report(ctx context.Context, name string) {
	now := time.Now().UTC().Format(time.RFC3339Nano)
	var batch []map[string]any
	for i, outcome := range []string{"failure", "success", "success"} {
		batch = append(batch, map[string]any{
			"source": "ci", "kind": "pipeline", "subject": "acme/shop", "run": fmt.Sprintf("%s-%d", name, i), "attempt": 1, "finished": now, "outcome": outcome,
		})
	}
	for patience := time.Now().Add(deadline); time.Now().Before(patience); pauseFor(ctx, 5*time.Millisecond) {
		// What was begun is brought to its end, so that what was acknowledged is all there is.
		if w.post(context.WithoutCancel(ctx), "/api/v1/events", batch, nil) == nil {
			w.keep(func() {
				w.failed++
				for _, e := range batch {
					w.runs = append(w.runs, e["run"].(string))
				}
			})
			return
		}
	}
}

// correct declares an exclusion, and revokes every third.
func (w *writers) correct(ctx context.Context, i int) {
	reason := fmt.Sprintf("correction %d", i)
	from := time.Now().UTC().Add(-2 * time.Hour).Truncate(time.Minute)
	draft := map[string]any{
		"category": "wrong-data", "reason": reason, "objectives": map[string]any{"ids": []string{"default/books-0/availability"}},
		"from": from.Format(time.RFC3339), "to": from.Add(20 * time.Second).Format(time.RFC3339),
	}
	var made struct {
		ID string `json:"id"`
	}
	if w.post(ctx, "/api/v1/corrections", draft, &made) != nil {
		return
	}
	w.keep(func() { w.corrections = append(w.corrections, reason) })
	if i%3 == 0 && w.post(ctx, "/api/v1/corrections/"+made.ID+"/revoke", map[string]any{"reason": "it was right"}, nil) == nil {
		w.keep(func() { w.revoked[reason] = true })
	}
}

// post returns nil when the service has acknowledged.
func (w *writers) post(ctx context.Context, path string, what, into any) error {
	body, err := json.Marshal(what)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+w.token)
	request.Header.Set("Content-Type", "application/json")
	answer, err := w.http.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode/100 != 2 {
		said := fmt.Sprintf("POST %s: %d %s", path, answer.StatusCode, text)
		if answer.StatusCode != http.StatusServiceUnavailable {
			w.keep(func() { w.refused = append(w.refused, said) })
		}
		return fmt.Errorf("%s", said)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}

// wantKept verifies that everything that was acknowledged is there, once.
func (w *writers) wantKept(t *testing.T, k *kept) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, run := range w.runs {
		if k.runs[run] != 1 {
			t.Errorf("run %s was acknowledged and is there %d times", run, k.runs[run])
		}
	}
	for _, reason := range w.corrections {
		if revoked, found := k.corrections[reason]; !found || w.revoked[reason] && !revoked {
			t.Errorf("%s was acknowledged (revoked: %t); it is there: %t, revoked: %t", reason, w.revoked[reason], found, revoked)
		}
	}
	for _, text := range w.notes {
		if k.notes[text] != 1 {
			t.Errorf("%s was acknowledged and is there %d times", text, k.notes[text])
		}
	}
	if len(w.refused) > 0 {
		t.Errorf("%d requests were refused; the first: %s", len(w.refused), w.refused[0])
	}
}

func pauseFor(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
