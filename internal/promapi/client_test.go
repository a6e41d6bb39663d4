package promapi_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"headroom/internal/promapi"
	"headroom/internal/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type secret string

func (s secret) Reveal() string { return string(s) }

const emptyVector = `{"status":"success","data":{"resultType":"vector","result":[]}}`

// serve answers every request by a handler and returns a client of it.
func serve(t *testing.T, o promapi.Options, handler http.HandlerFunc) (*promapi.Client, *url.URL) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	o.URL = parse(t, server.URL+"/prom")
	return newClient(t, o), o.URL
}

func parse(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func answer(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func TestClientErrors(t *testing.T) {
	const json = "application/json"
	html := "<html><body>" + strings.Repeat("<p>nginx</p>", 1000) + "</body></html>"
	tests := map[string]struct {
		handler http.HandlerFunc
		kind    promapi.Kind
		status  int
		says    string
	}{
		"no credentials":      {answer(401, "text/plain", "who are you?\n"), promapi.KindUnauthorized, 401, "check the user name and password, or the bearer token: who are you?"},
		"not allowed":         {answer(403, "text/plain", "not you"), promapi.KindUnauthorized, 403, "not you"},
		"proxy error":         {answer(502, "text/html", html), promapi.KindServer, 502, "an HTML page"},
		"not found":           {answer(404, "text/plain", "404 page not found"), promapi.KindServer, 404, "404 page not found"},
		"internal":            {answer(500, "text/plain", strings.Repeat("x", 5000)), promapi.KindServer, 500, "xxx…"},
		"query timed out":     {answer(503, json, `{"status":"error","errorType":"timeout","error":"query timed out"}`), promapi.KindTimeout, 503, "query timed out"},
		"bad query":           {answer(400, json, `{"status":"error","errorType":"bad_data","error":"parse error"}`), promapi.KindBadQuery, 0, "parse error"},
		"HTML with 200":       {answer(200, "text/html", html[:100]), promapi.KindBadAnswer, 0, ""},
		"truncated JSON":      {answer(200, json, emptyVector[:30]), promapi.KindBadAnswer, 0, ""},
		"empty body":          {answer(200, json, ""), promapi.KindBadAnswer, 0, ""},
		"strange result type": {answer(200, json, `{"status":"success","data":{"resultType":"tensor","result":[]}}`), promapi.KindBadAnswer, 0, ""},
		"error with 200":      {answer(200, json, `{"status":"error","errorType":"execution","error":"boom"}`), promapi.KindBadQuery, 0, "boom"},
		"incomplete":          {answer(200, json, `{"status":"success","warnings":["store gateway is away"],"data":{"resultType":"vector","result":[]}}`), promapi.KindPartial, 0, "store gateway is away"},
		"too many bytes":      {answer(200, json, emptyVector+strings.Repeat(" ", 2000)), promapi.KindTooLarge, 0, "more than 1000 bytes"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			client, _ := serve(t, promapi.Options{MaxBytes: 1000}, tt.handler)
			_, err := client.Instant(context.Background(), "up", time.Unix(0, 0))
			var got *promapi.Error
			if !errors.As(err, &got) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if got.Kind != tt.kind || got.Status != tt.status || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got kind %s, status %d: %v", got.Kind, got.Status, err)
			}
			if len(err.Error()) > 600 || strings.ContainsAny(err.Error(), "\n\x00") || strings.Contains(err.Error(), "<p>") {
				t.Errorf("the error is no line for a log: %v", err)
			}
		})
	}
}

func TestClientUnreachable(t *testing.T) {
	client := newClient(t, promapi.Options{URL: parse(t, "http://"+freeAddress(t))})
	_, err := client.Range(context.Background(), "up", time.Unix(0, 0), time.Unix(60, 0), time.Second)
	var got *promapi.Error
	if !errors.As(err, &got) || got.Kind != promapi.KindUnreachable {
		t.Errorf("got %v", err)
	}
}

// hang answers nothing until the request or the test ends.
func hang(t *testing.T) http.HandlerFunc {
	t.Helper()
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	return func(_ http.ResponseWriter, r *http.Request) {
		// The server notices an end of the connection only once the body is read.
		_ = r.ParseForm()
		select {
		case <-r.Context().Done():
		case <-over:
		}
	}
}

func TestClientTimeout(t *testing.T) {
	client, _ := serve(t, promapi.Options{Timeout: 50 * time.Millisecond}, hang(t))
	_, err := client.Instant(context.Background(), "up", time.Unix(0, 0))
	var got *promapi.Error
	if !errors.As(err, &got) || got.Kind != promapi.KindTimeout {
		t.Errorf("got %v", err)
	}
}

func TestClientCallerGivesUp(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	client, _ := serve(t, promapi.Options{}, func(_ http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		cancel()
		<-r.Context().Done()
	})
	if _, err := client.Instant(ctx, "up", time.Unix(0, 0)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestClientFollowsNoRedirect(t *testing.T) {
	var visited atomic.Bool
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visited.Store(true) }))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		client, _ := serve(t, promapi.Options{Transport: transport.Options{BearerToken: secret("token")}}, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+"/there", status)
		})
		_, err := client.Instant(context.Background(), "up", time.Unix(0, 0))
		var got *promapi.Error
		if !errors.As(err, &got) || got.Kind != promapi.KindRedirect || !strings.Contains(err.Error(), elsewhere.URL+"/there") {
			t.Errorf("%d: got %v", status, err)
		}
	}
	if visited.Load() {
		t.Error("the other server was asked")
	}
}

func TestClientRequests(t *testing.T) {
	var seen *http.Request
	client, _ := serve(t, promapi.Options{Transport: transport.Options{
		Username: "anna", Password: secret("pass"), Headers: map[string]transport.Secret{"X-Scope-OrgID": secret("team")},
	}}, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		seen = r
		_, _ = w.Write([]byte(emptyVector))
	})
	if _, err := client.Instant(context.Background(), "up", time.Unix(1, 999_999)); err != nil {
		t.Fatal(err)
	}
	user, pass, _ := seen.BasicAuth()
	if seen.Method != http.MethodPost || seen.URL.Path != "/prom/api/v1/query" || seen.URL.RawQuery != "" {
		t.Errorf("request %s %s, want a POST without a query in the URL", seen.Method, seen.URL)
	}
	if user != "anna" || pass != "pass" || seen.Header.Get("X-Scope-OrgID") != "team" {
		t.Errorf("credentials %v", seen.Header)
	}
	if seen.PostForm.Get("query") != "up" || seen.PostForm.Get("time") != "1" || seen.PostForm.Get("timeout") != "30s" {
		t.Errorf("form %v", seen.PostForm)
	}
}

func TestClientTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(answer(200, "application/json", emptyVector))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	write(t, ca, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))

	trusting := newClient(t, promapi.Options{URL: parse(t, server.URL), Transport: transport.Options{TLS: transport.TLS{CAFile: ca}}})
	if _, err := trusting.Instant(context.Background(), "up", time.Unix(0, 0)); err != nil {
		t.Error(err)
	}
	wary := newClient(t, promapi.Options{URL: parse(t, server.URL)})
	if _, err := wary.Instant(context.Background(), "up", time.Unix(0, 0)); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("an unknown certificate: %v", err)
	}
}

func TestClientKeepsSecrets(t *testing.T) {
	for _, o := range []transport.Options{
		{Username: "anna", Password: secret("s3cret")},
		{BearerToken: secret("s3cret")},
		{Headers: map[string]transport.Secret{"X-Key": secret("s3cret")}},
	} {
		var log bytes.Buffer
		client, address := serve(t, promapi.Options{Transport: o, Logger: slog.New(slog.NewTextHandler(&log, nil))}, answer(500, "text/plain", "no"))
		_, err := client.Instant(context.Background(), "up", time.Unix(0, 0))
		inURL := *address
		inURL.User = url.UserPassword("anna", "s3cret")
		_, urlErr := newClient(t, promapi.Options{URL: &inURL}).Instant(context.Background(), "up", time.Unix(0, 0))
		for _, text := range []string{err.Error(), urlErr.Error(), log.String()} {
			if strings.Contains(text, "s3cret") {
				t.Errorf("the secret shows in %q", text)
			}
		}
	}
}

func TestClientBoundsParallelRequests(t *testing.T) {
	var now, most atomic.Int64
	gate := make(chan struct{})
	client, _ := serve(t, promapi.Options{Parallel: 2}, func(w http.ResponseWriter, _ *http.Request) {
		n := now.Add(1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		<-gate
		now.Add(-1)
		_, _ = w.Write([]byte(emptyVector))
	})
	done := make(chan error)
	const requests = 6
	for range requests {
		go func() {
			_, err := client.Instant(context.Background(), "up", time.Unix(0, 0))
			done <- err
		}()
	}
	for range requests {
		gate <- struct{}{}
	}
	for range requests {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if most.Load() > 2 {
		t.Errorf("%d requests at once", most.Load())
	}
}

func TestClientSplitsRanges(t *testing.T) {
	var spans []string
	client, _ := serve(t, promapi.Options{}, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		spans = append(spans, r.PostForm.Get("start")+" "+r.PostForm.Get("end"))
		_, _ = fmt.Fprintf(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[%s,"1"]]}]}}`, r.PostForm.Get("start"))
	})
	series, err := client.Range(context.Background(), "up", time.Unix(0, 0), time.Unix(25_000, 0), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(spans, ", "), "0 9999, 10000 19999, 20000 25000"; got != want {
		t.Errorf("asked for %s, want %s", got, want)
	}
	if len(series) != 1 || len(series[0].Points) != 3 || series[0].Points[2].T != 20_000_000 {
		t.Errorf("joined to %v", series)
	}
}

func TestClientLogsWarningsOfExpressions(t *testing.T) {
	var log bytes.Buffer
	body := `{"status":"success","warnings":["PromQL warning: mixed"],"data":{"resultType":"vector","result":[]}}`
	client, _ := serve(t, promapi.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}, answer(200, "application/json", body))
	if _, err := client.Instant(context.Background(), "up", time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "mixed") {
		t.Errorf("log %q", log.String())
	}
}

func TestNewRefuses(t *testing.T) {
	for name, o := range map[string]promapi.Options{
		"no URL":             {},
		"no scheme":          {URL: &url.URL{Path: "localhost:9090"}},
		"two ways to log in": {URL: parse(t, "http://x"), Transport: transport.Options{Username: "a", BearerToken: secret("b")}},
		"no such CA":         {URL: parse(t, "http://x"), Transport: transport.Options{TLS: transport.TLS{CAFile: "/does/not/exist"}}},
	} {
		if _, err := promapi.New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
