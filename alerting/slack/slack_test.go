package slack_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slack-go/slack/slacktest"

	"headroom/alerting/outbox"
	"headroom/alerting/slack"
)

const token = "xoxb-not-a-real-token"

type secret string

func (s secret) Reveal() string { return string(s) }

func poster(t *testing.T, o slack.Options) *slack.Poster {
	t.Helper()
	if o.Token == nil && o.TokenFile == "" {
		o.Token = secret(token)
	}
	p, err := slack.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func message() outbox.Message {
	return outbox.Message{
		Key: "k", Channel: "#platform", Title: "Error budgets",
		Body: json.RawMessage(`{"text":"a &amp; b","blocks":[{"type":"header","text":{"type":"plain_text","text":"Error budgets"}},{"type":"section","text":{"type":"mrkdwn","text":"*1 over* &lt;!here&gt;","verbatim":true}},{"type":"context","elements":[{"type":"mrkdwn","text":"as of","verbatim":true}]}]}`),
	}
}

// server is slacktest's Slack, with an answer of ours to chat.postMessage.
func server(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	s := slacktest.NewTestServer(func(c slacktest.Customize) {
		if answer != nil {
			c.Handle("/chat.postMessage", answer)
		}
	})
	s.Start()
	t.Cleanup(s.Stop)
	return s.GetAPIURL()
}

// TestPostsToSlack posts to slacktest's own handler, which reads the blocks.
func TestPostsToSlack(t *testing.T) {
	if err := poster(t, slack.Options{URL: server(t, nil)}).Send(t.Context(), message(), outbox.NoRepeat); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsPosted(t *testing.T) {
	var form url.Values
	address := server(t, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		form = r.PostForm
		_, _ = fmt.Fprint(w, `{"ok":true,"ts":"1","channel":"C1"}`)
	})
	send := func(repeat outbox.Repeat) []map[string]any {
		t.Helper()
		if err := poster(t, slack.Options{URL: strings.TrimSuffix(address, "/")}).Send(t.Context(), message(), repeat); err != nil {
			t.Fatal(err)
		}
		var blocks []map[string]any
		if err := json.Unmarshal([]byte(form.Get("blocks")), &blocks); err != nil {
			t.Fatal(err)
		}
		return blocks
	}
	blocks := send(outbox.NoRepeat)
	if len(blocks) != 3 || form.Get("channel") != "#platform" || form.Get("text") != "a &amp; b" || form.Get("parse") != "none" || form.Get("unfurl_links") != "false" {
		t.Errorf("posted %v", form)
	}
	if text, ok := blocks[1]["text"].(map[string]any); !ok || text["verbatim"] != true {
		t.Errorf("the section is not verbatim: %v", blocks[1])
	}
	for repeat, want := range map[outbox.Repeat]string{outbox.AfterRestart: "Repeated after a restart", outbox.AfterNoResponse: "did not answer"} {
		blocks := send(repeat)
		if len(blocks) != 4 || !strings.Contains(fmt.Sprint(blocks[3]), want) || !strings.Contains(form.Get("text"), want) {
			t.Errorf("%s: posted %v", repeat, form)
		}
	}
}

// TestConformance posts to servers that do everything wrong.
func TestConformance(t *testing.T) {
	says := func(code string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(map[string]any{"ok": false, "error": code})
		}
	}
	answer := func(status int, header, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if name, value, found := strings.Cut(header, ": "); found {
				w.Header().Set(name, value)
			}
			w.WriteHeader(status)
			_, _ = fmt.Fprint(w, body)
		}
	}
	for name, test := range map[string]struct {
		server http.HandlerFunc
		want   outbox.SendError // without Err; Reason is a part
	}{
		"429":                  {answer(429, "Retry-After: 42", ""), outbox.SendError{RetryAfter: 42 * time.Second, Reason: "wait for 42s"}},
		"429 without time":     {answer(429, "", ""), outbox.SendError{RetryAfter: 30 * time.Second, Reason: "429"}},
		"429 of zero":          {answer(429, "Retry-After: 0", ""), outbox.SendError{RetryAfter: time.Second, Reason: "wait"}},
		"ratelimited in JSON":  {says("ratelimited"), outbox.SendError{RetryAfter: 30 * time.Second, Reason: "ratelimited"}},
		"500 with a page":      {answer(500, "", "<html>"), outbox.SendError{NoAnswer: true, Reason: "500"}},
		"502":                  {answer(502, "", ""), outbox.SendError{NoAnswer: true, Reason: "502 Bad Gateway"}},
		"503":                  {answer(503, "", ""), outbox.SendError{Reason: "503"}},
		"404":                  {answer(404, "", ""), outbox.SendError{Permanent: true, Reason: "is slack.url right?"}},
		"redirect":             {answer(307, "Location: https://evil.example/", ""), outbox.SendError{Permanent: true, Reason: "307"}},
		"internal error":       {says("internal_error"), outbox.SendError{Reason: "internal_error"}},
		"fatal error":          {says("fatal_error"), outbox.SendError{NoAnswer: true, Reason: "fatal_error"}},
		"revoked token":        {says("token_revoked"), outbox.SendError{Permanent: true, Reason: "token_revoked: give headroom a valid bot token"}},
		"invalid token":        {says("invalid_auth"), outbox.SendError{Permanent: true, Reason: "invalid_auth"}},
		"missing scope":        {says("missing_scope"), outbox.SendError{Permanent: true, Reason: "chat:write"}},
		"no channel":           {says("channel_not_found"), outbox.SendError{Permanent: true, Reason: "correct the channel #platform"}},
		"not invited":          {says("not_in_channel"), outbox.SendError{Permanent: true, Reason: "invite the app"}},
		"an error of tomorrow": {says("no_mondays"), outbox.SendError{Permanent: true, Reason: "no_mondays"}},
		"200 with a page":      {answer(200, "Content-Type: text/html", "<html>log in</html>"), outbox.SendError{NoAnswer: true, Reason: "does not answer"}},
		"200 with nothing":     {answer(200, "", ""), outbox.SendError{NoAnswer: true}},
		"200 with an object":   {answer(200, "", "{}"), outbox.SendError{NoAnswer: true, Reason: "names no message"}},
		"200 not ok":           {answer(200, "", `{"ok":false}`), outbox.SendError{NoAnswer: true}},
		"200 that goes on":     {answer(200, "", strings.Repeat(" ", 5<<20)+`{"ok":true,"ts":"1"}`), outbox.SendError{NoAnswer: true}},
		"the token comes back": {says(token + "\x1b[31m\n" + strings.Repeat("x", 1000)), outbox.SendError{Permanent: true, Reason: "<secret>"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := poster(t, slack.Options{URL: server(t, test.server)}).Send(t.Context(), message(), outbox.NoRepeat)
			checkFailure(t, err, test.want)
		})
	}
}

func checkFailure(t *testing.T, err error, want outbox.SendError) {
	t.Helper()
	var got *outbox.SendError
	if !errors.As(err, &got) {
		t.Fatalf("error %v", err)
	}
	if got.Permanent != want.Permanent || got.RetryAfter != want.RetryAfter || got.NoAnswer != want.NoAnswer || !strings.Contains(got.Reason, want.Reason) {
		t.Errorf("got %+v, want %+v", *got, want)
	}
	shown := fmt.Sprintf("%v %+v %#v", err, err, *got)
	if strings.Contains(shown, token) || strings.ContainsAny(got.Reason, "\x1b\n") || len(got.Reason) > 600 {
		t.Errorf("the failure shows %q", shown)
	}
}

func TestTheConnectionFails(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	checkFailure(t, poster(t, slack.Options{URL: closed.URL}).Send(t.Context(), message(), outbox.NoRepeat), outbox.SendError{Reason: "connection refused"})

	cut := server(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	checkFailure(t, poster(t, slack.Options{URL: cut}).Send(t.Context(), message(), outbox.NoRepeat), outbox.SendError{NoAnswer: true, Reason: "EOF"})

	release := make(chan struct{})
	silent := server(t, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	checkFailure(t, poster(t, slack.Options{URL: silent}).Send(ctx, message(), outbox.NoRepeat), outbox.SendError{NoAnswer: true, Reason: "deadline exceeded"})
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var asked atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Store(true) }))
	defer other.Close()
	address := server(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusPermanentRedirect)
	})
	err := poster(t, slack.Options{URL: address}).Send(t.Context(), message(), outbox.NoRepeat)
	if err == nil || asked.Load() {
		t.Errorf("error %v; the other host was asked: %t", err, asked.Load())
	}
}

func TestTokenFileIsReadEachTime(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	var got string
	address := server(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.PostFormValue("token") + r.Header.Get("Authorization")
		_, _ = fmt.Fprint(w, `{"ok":true,"ts":"1"}`)
	})
	p := poster(t, slack.Options{URL: address, TokenFile: file})
	checkFailure(t, p.Send(t.Context(), message(), outbox.NoRepeat), outbox.SendError{Permanent: true, Reason: "read the token"})
	for _, text := range []string{"", "first\n", "second"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		err := p.Send(t.Context(), message(), outbox.NoRepeat)
		if text == "" {
			checkFailure(t, err, outbox.SendError{Permanent: true, Reason: "is empty"})
			continue
		}
		if err != nil || !strings.Contains(got, strings.TrimSpace(text)) || strings.Contains(got, "\n") {
			t.Errorf("sent the token %q of %q: %v", got, text, err)
		}
	}
}

func TestUnreadableMessagesArePermanent(t *testing.T) {
	m := message()
	m.Body = json.RawMessage(`{"blocks": 1}`)
	checkFailure(t, poster(t, slack.Options{URL: "http://127.0.0.1:1"}).Send(t.Context(), m, outbox.NoRepeat), outbox.SendError{Permanent: true, Reason: "cannot be read"})
}

func TestNewNeedsAToken(t *testing.T) {
	for _, o := range []slack.Options{{}, {Token: secret("")}} {
		if _, err := slack.New(o); err == nil {
			t.Error("a poster without a token")
		}
	}
}
