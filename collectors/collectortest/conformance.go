package collectortest

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"headroom/slo/event"
)

// Delivery is what a sender sends, without the proof of who it is.
type Delivery struct {
	Header http.Header
	Body   []byte
}

// Collector is what the conformance test needs to know of a collector.
type Collector struct {
	// Serve makes the handler that takes deliveries at Path, and stores with
	// the recorder. Its bound for bodies is 1 MiB.
	Serve func(t *testing.T, recorder *Recorder) http.Handler
	Path  string
	// Sign adds the sender's true proof.
	Sign func(Delivery) Delivery
	// Forge lists what somebody without the secret may try: each changes a
	// truly signed delivery so that it must be refused.
	Forge map[string]func(Delivery) Delivery
	// Deliveries are reports about one run that end in it being settled.
	Deliveries []Delivery
	// Unknown is a delivery of a kind that the collector does not read.
	Unknown Delivery
	// Secret must be in no answer.
	Secret string
}

// limit is the bound of a body.
const limit = 1 << 20

// Run tests a collector behind its handler.
func Run(t *testing.T, c Collector) {
	t.Helper()
	t.Run("recorded", c.recorded)
	t.Run("store away", c.storeAway)
	t.Run("forged", c.forged)
	t.Run("too large", c.tooLarge)
	t.Run("broken", c.broken)
	t.Run("unknown kind", c.unknown)
	t.Run("wrong content type", c.contentType)
	t.Run("every order, and twice", c.everyOrder)
}

func (c Collector) settled() Delivery { return c.Deliveries[len(c.Deliveries)-1] }

func (c Collector) recorded(t *testing.T) {
	b := c.begin(t)
	b.expect(c.Sign(c.settled()), http.StatusOK, `{"recorded":1}`)
	if kept := b.recorder.Events(); len(kept) != 1 || !kept[0].Settled() {
		t.Errorf("kept %+v, want one settled event", kept)
	}
}

func (c Collector) storeAway(t *testing.T) {
	b := c.begin(t)
	b.recorder.Fail(errors.New("the disk at /var/lib/secret-place is full"))
	answer := b.expect(c.Sign(c.settled()), http.StatusServiceUnavailable, "deliver it again|send it again")
	if answer.Header().Get("Retry-After") == "" {
		t.Error("the answer has no Retry-After")
	}
	b.recorder.Fail(nil)
	b.expect(c.Sign(c.settled()), http.StatusOK, `{"recorded":1}`)
}

func (c Collector) forged(t *testing.T) {
	b := c.begin(t)
	b.expect(c.settled(), http.StatusUnauthorized, "not authenticated")
	tampered := c.Sign(c.settled())
	tampered.Body = append(bytes.Clone(tampered.Body), '\n')
	b.expect(tampered, http.StatusUnauthorized, "not authenticated")
	for name, forge := range c.Forge {
		if answer := b.post(forge(c.Sign(c.settled()))); answer.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d, want it refused", name, answer.Code)
		}
	}
	b.nothingKept()
}

func (c Collector) tooLarge(t *testing.T) {
	b := c.begin(t)
	long := c.settled()
	long.Body = append(bytes.Clone(long.Body), bytes.Repeat([]byte(" "), limit+1-len(long.Body))...)
	b.expect(c.Sign(long), http.StatusRequestEntityTooLarge, "too_large")
	b.chunked = true
	b.expect(c.Sign(long), http.StatusRequestEntityTooLarge, "too_large")
	b.nothingKept()
	long.Body = long.Body[:limit]
	b.expect(c.Sign(long), http.StatusOK, `{"recorded":1}`)
}

func (c Collector) broken(t *testing.T) {
	b := c.begin(t)
	whole := c.settled().Body
	for _, body := range []string{
		"", "null", "[]", "{}", "0", `"text"`, "\x00\xff", string(whole[:len(whole)/2]), string(whole[:len(whole)-2]),
		string(whole) + string(whole), strings.Repeat("[", 100_000), strings.Repeat(`{"a":`, 100_000),
	} {
		broken := c.settled()
		broken.Body = []byte(body)
		if answer := b.post(c.Sign(broken)); answer.Code != http.StatusBadRequest {
			t.Errorf("%.20q…: %d, want it refused", body, answer.Code)
		}
	}
	b.nothingKept()
}

func (c Collector) unknown(t *testing.T) {
	b := c.begin(t)
	b.expect(c.Sign(c.Unknown), http.StatusOK, `{"ignored":"`)
	b.nothingKept()
}

func (c Collector) contentType(t *testing.T) {
	b := c.begin(t)
	for _, mediaType := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"} {
		d := c.settled()
		d.Header = d.Header.Clone()
		d.Header.Set("Content-Type", mediaType)
		b.expect(c.Sign(d), http.StatusBadRequest, "application/json")
	}
	b.nothingKept()
}

// everyOrder sends all deliveries in every order, each once and then all again.
func (c Collector) everyOrder(t *testing.T) {
	var want []event.Event
	permute(c.Deliveries, func(order []Delivery) {
		b := c.begin(t)
		for _, d := range append(order, order...) {
			b.expect(c.Sign(d), http.StatusOK, `{"recorded":1}`)
		}
		got := b.recorder.Events()
		if want == nil {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("the order matters (-first +this):\n%s", diff)
		}
	})
	if len(want) != 1 || !want[0].Settled() {
		t.Errorf("kept %+v, want one settled event", want)
	}
}

// permute calls do with every order of a list.
func permute[T any](list []T, do func([]T)) {
	var place func(order, rest []T)
	place = func(order, rest []T) {
		if len(rest) == 0 {
			do(append([]T{}, order...))
		}
		for i := range rest {
			others := append(append([]T{}, rest[:i]...), rest[i+1:]...)
			place(append(append([]T{}, order...), rest[i]), others)
		}
	}
	place(nil, list)
}

// bench is one handler with a recorder of its own.
type bench struct {
	t        *testing.T
	c        Collector
	recorder *Recorder
	handler  http.Handler
	chunked  bool
}

func (c Collector) begin(t *testing.T) *bench {
	t.Helper()
	recorder := &Recorder{}
	return &bench{t: t, c: c, recorder: recorder, handler: c.Serve(t, recorder)}
}

func (b *bench) post(d Delivery) *httptest.ResponseRecorder {
	b.t.Helper()
	request := httptest.NewRequestWithContext(b.t.Context(), http.MethodPost, b.c.Path, bytes.NewReader(d.Body))
	request.Header = d.Header.Clone()
	if b.chunked {
		request.ContentLength = -1
	}
	answer := httptest.NewRecorder()
	b.handler.ServeHTTP(answer, request)
	body := answer.Body.String()
	if strings.Contains(body, b.c.Secret) || strings.Contains(body, "secret-place") {
		b.t.Errorf("the answer shows what is nobody's business: %s", body)
	}
	return answer
}

// expect wants a status, and one of some words, separated by |, in the answer.
func (b *bench) expect(d Delivery, status int, words string) *httptest.ResponseRecorder {
	b.t.Helper()
	answer := b.post(d)
	said := false
	for word := range strings.SplitSeq(words, "|") {
		said = said || strings.Contains(answer.Body.String(), word)
	}
	if answer.Code != status || !said {
		b.t.Errorf("%d %s, want %d with %q", answer.Code, answer.Body, status, words)
	}
	return answer
}

func (b *bench) nothingKept() {
	b.t.Helper()
	if b.recorder.Calls() > 0 {
		b.t.Errorf("kept %+v, want nothing", b.recorder.Events())
	}
}
