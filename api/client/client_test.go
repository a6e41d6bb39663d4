package client_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"headroom/api"
	"headroom/api/apitest"
	"headroom/api/client"
	"headroom/api/v1"
	"headroom/budget"
	"headroom/slo"
)

func newClient(t *testing.T, address string, o client.Options) *client.Client {
	t.Helper()
	c, err := client.New(address, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func startAPI(t *testing.T) *client.Client {
	t.Helper()
	handler, err := api.New(api.Options{Statuses: apitest.Statuses, Problems: apitest.Problems, Registry: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.StripPrefix("/prefix", handler))
	t.Cleanup(server.Close)
	return newClient(t, server.URL+"/prefix/", client.Options{})
}

func TestClientReadsTheRealAPI(t *testing.T) {
	c := startAPI(t)
	all, err := c.SLOs(t.Context(), v1.Filter{})
	if err != nil || len(all) != len(apitest.Statuses()) {
		t.Fatalf("%d statuses, %v", len(all), err)
	}
	urgent, err := c.SLOs(t.Context(), v1.Filter{Service: "checkout", State: budget.StateExhausted})
	if err != nil || len(urgent) != 1 || urgent[0].ID.Objective != "freshness" || urgent[0].Target != slo.MustTarget("99%") {
		t.Errorf("exhausted: %+v, %v", urgent, err)
	}
	detail, err := c.SLO(t.Context(), slo.ID{Namespace: "default", Service: "gateway", Objective: "errors"})
	if err != nil || len(detail.Statuses) != 2 || detail.GroupBy[0] != "region" {
		t.Errorf("detail: %+v, %v", detail, err)
	}
	problems, err := c.Problems(t.Context())
	if err != nil || len(problems) != 2 || problems[0].Check != "target-format" {
		t.Errorf("problems: %+v, %v", problems, err)
	}
}

func TestNotFoundIsTold(t *testing.T) {
	_, err := startAPI(t).SLO(t.Context(), slo.ID{Namespace: "default", Service: "gateway", Objective: "nothing"})
	if !errors.Is(err, client.ErrNotFound) || !strings.Contains(err.Error(), "no objective default/gateway/nothing is declared") {
		t.Errorf("%v", err)
	}
}

func TestFilterErrorsAreTheServices(t *testing.T) {
	_, err := startAPI(t).SLOs(t.Context(), v1.Filter{State: "fine"})
	var asked *client.Error
	if !errors.As(err, &asked) || asked.Code != v1.CodeInvalid || asked.Status != http.StatusBadRequest {
		t.Errorf("%#v", err)
	}
}

// TestConformance asks servers that do everything wrong.
func TestConformance(t *testing.T) {
	answer := func(status int, mediaType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", mediaType)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	for name, test := range map[string]struct {
		server http.HandlerFunc
		is     error
		want   string
	}{
		"500 with a text":       {answer(500, "text/plain", "oops"), nil, "answered 500 Internal Server Error"},
		"502 with a page":       {answer(502, "text/html", "<html>proxy</html>"), client.ErrUnavailable, "answered 502 Bad Gateway"},
		"503 of the service":    {answer(503, "application/json", `{"code":"not_ready","message":"not ready: starting"}`), client.ErrUnavailable, "not ready: starting"},
		"401":                   {answer(401, "application/json", `{}`), client.ErrUnauthorized, "answered 401"},
		"404 of something else": {answer(404, "text/html", "<html>"), client.ErrNotHeadroom, "answered 404 Not Found"},
		"200 with a page":       {answer(200, "text/html; charset=utf-8", "<html>log in</html>"), client.ErrNotHeadroom, "is text/html and not JSON"},
		"304":                   {answer(304, "", ""), client.ErrNotHeadroom, "answered 304"},
		"200 with nothing":      {answer(200, "application/json", ""), nil, "read answer as JSON"},
		"200 with half":         {answer(200, "application/json", `[{"id":"default/a/b"`), nil, "read answer as JSON"},
		"200 with another form": {answer(200, "application/json", `{"slos":[]}`), nil, "read answer as JSON"},
		"200 that goes on":      {answer(200, "application/json", strings.Repeat(" ", 5000)+"[]"), nil, "more than 4096 bytes"},
		"cut connection": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("["))
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, nil, "read answer: "},
		"endless redirects": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.String(), http.StatusFound)
		}, client.ErrUnavailable, "stopped after 10 redirects"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(test.server)
			defer server.Close()
			c := newClient(t, server.URL, client.Options{MaxBody: 4096, Token: "secret-token"})
			_, err := c.SLOs(t.Context(), v1.Filter{Owner: "a"})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want %q", err, test.want)
			}
			if want := "ask " + server.URL + "/api/v1/slos?limit=1000&owner=a: "; !strings.HasPrefix(err.Error(), want) {
				t.Errorf("error %q does not begin with what was asked, %q", err, want)
			}
			if strings.Contains(err.Error(), "secret-token") {
				t.Errorf("error %q shows the token", err)
			}
			for _, kind := range []error{client.ErrNotFound, client.ErrUnavailable, client.ErrUnauthorized, client.ErrNotHeadroom, client.ErrBadAnswer} {
				if errors.Is(err, kind) != errors.Is(test.is, kind) {
					t.Errorf("errors.Is(%q, %q) is %v", err, kind, errors.Is(err, kind))
				}
			}
		})
	}
}

func TestSilentServersAreLeft(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer server.Close()
	defer close(release)
	_, err := newClient(t, server.URL, client.Options{Timeout: time.Millisecond}).Problems(t.Context())
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, client.ErrUnavailable) {
		t.Errorf("after the timeout: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = newClient(t, server.URL, client.Options{}).Problems(ctx)
	if !errors.Is(err, context.Canceled) || errors.Is(err, client.ErrUnavailable) {
		t.Errorf("when cancelled: %v", err)
	}
}

func TestNobodyThereIsUnavailable(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	_, err := newClient(t, server.URL, client.Options{}).Problems(t.Context())
	if !errors.Is(err, client.ErrUnavailable) || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("%v", err)
	}
}

func TestCredentials(t *testing.T) {
	var got string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("Authorization")
		w.WriteHeader(http.StatusForbidden)
	}))
	defer server.Close()
	if _, err := newClient(t, server.URL, client.Options{Token: "abc"}).Problems(t.Context()); err == nil || got != "Bearer abc" {
		t.Errorf("Authorization %q, error %v", got, err)
	}
	address := strings.Replace(server.URL, "http://", "http://user:password@", 1)
	_, err := newClient(t, address, client.Options{}).Problems(t.Context())
	if err == nil || strings.Contains(err.Error(), "password") || !strings.HasPrefix(got, "Basic ") {
		t.Errorf("Authorization %q, error %v", got, err)
	}
}

func TestAddressesAreChecked(t *testing.T) {
	for _, address := range []string{"", "localhost:9080", "ftp://host", "http://", "http://a b", "/path", "http://user:password@ host"} {
		_, err := client.New(address, client.Options{})
		if err == nil || strings.Contains(err.Error(), "password") {
			t.Errorf("address %q: error %v", address, err)
		}
	}
}
