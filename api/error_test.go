package api_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"headroom/api"
	"headroom/api/v1"
	"headroom/budget"
)

func TestErrorsUnderAPIAreJSON(t *testing.T) {
	handler := newHandler(t, api.Options{})
	for _, test := range []struct {
		method, target string
		status         int
		code           v1.Code
	}{
		{http.MethodGet, "/api", http.StatusNotFound, v1.CodeNotFound},
		{http.MethodGet, "/api/v2/slos", http.StatusNotFound, v1.CodeNotFound},
		{http.MethodGet, "/api/v1/slos/default/checkout/nothing", http.StatusNotFound, v1.CodeNotFound},
		{http.MethodGet, "/api/v1/slos/default/checkout/a/b", http.StatusBadRequest, v1.CodeInvalid},
		{http.MethodGet, "/api/v1/slos/default/Checkout/latency", http.StatusBadRequest, v1.CodeInvalid},
		{http.MethodPost, "/api/v1/slos", http.StatusMethodNotAllowed, v1.CodeMethodNotAllowed},
		{http.MethodDelete, "/api/v1/slos/default/checkout/latency", http.StatusMethodNotAllowed, v1.CodeMethodNotAllowed},
	} {
		answer := ask(handler, test.method, test.target)
		var said v1.Error
		if err := json.Unmarshal(answer.Body.Bytes(), &said); err != nil {
			t.Errorf("%s %s: %v: %s", test.method, test.target, err, answer.Body)
			continue
		}
		if answer.Code != test.status || said.Code != test.code || said.Message == "" {
			t.Errorf("%s %s: %d %+v, want %d %s", test.method, test.target, answer.Code, said, test.status, test.code)
		}
		if got := answer.Header().Get("Content-Type"); got != "application/json" {
			t.Errorf("%s %s: Content-Type %q", test.method, test.target, got)
		}
		if test.status == http.StatusMethodNotAllowed && !strings.Contains(answer.Header().Get("Allow"), "GET") {
			t.Errorf("%s %s: Allow %q", test.method, test.target, answer.Header().Get("Allow"))
		}
	}
}

func TestErrorsElsewhereArePages(t *testing.T) {
	handler := newHandler(t, api.Options{})
	for target, status := range map[string]int{
		"/nothing":                    http.StatusNotFound,
		"/slos/default/a/b":           http.StatusNotFound,
		"/assets/../api.go":           http.StatusNotFound,
		"/assets/none.css":            http.StatusNotFound,
		"/?state=fine":                http.StatusBadRequest,
		"/<script>alert(1)</script>/": http.StatusNotFound,
	} {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.URL.Path, request.URL.RawQuery, _ = strings.Cut(target, "?")
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		if answer.Code != status {
			t.Errorf("GET %s: %d, want %d", target, answer.Code, status)
		}
		if !strings.HasPrefix(answer.Header().Get("Content-Type"), "text/html") {
			t.Errorf("GET %s: Content-Type %q", target, answer.Header().Get("Content-Type"))
		}
		if strings.Contains(answer.Body.String(), "<script") {
			t.Errorf("GET %s: the page holds a script:\n%s", target, answer.Body)
		}
	}
}

func TestHeadHasNoBody(t *testing.T) {
	handler := newHandler(t, api.Options{})
	if answer := ask(handler, http.MethodHead, "/nothing"); answer.Code != http.StatusNotFound || answer.Body.Len() > 0 {
		t.Errorf("HEAD /nothing: %d with %d bytes", answer.Code, answer.Body.Len())
	}
	if answer := ask(handler, http.MethodHead, "/healthz"); answer.Code != http.StatusOK {
		t.Errorf("HEAD /healthz: %d", answer.Code)
	}
}

func TestLongBodiesAreRefused(t *testing.T) {
	handler := newHandler(t, api.Options{})
	request := httptest.NewRequest(http.MethodGet, "/api/v1/slos", bytes.NewReader(make([]byte, 1<<20)))
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	if answer.Code != http.StatusRequestEntityTooLarge || !strings.Contains(answer.Body.String(), string(v1.CodeTooLarge)) {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

func TestPanicsAreLoggedAndNotShown(t *testing.T) {
	var log bytes.Buffer
	const secret = "the ledger's secret"
	handler := newHandler(t, api.Options{
		Statuses: func() []budget.Status { panic(secret) },
		Logger:   slog.New(slog.NewTextHandler(&log, nil)),
	})
	answer := ask(handler, http.MethodGet, "/api/v1/slos")
	if answer.Code != http.StatusInternalServerError || !strings.Contains(answer.Body.String(), `"code":"internal"`) {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	if strings.Contains(answer.Body.String(), secret) {
		t.Errorf("the answer shows the panic: %s", answer.Body)
	}
	for _, want := range []string{secret, "stack=", "path=/api/v1/slos"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %q:\n%s", want, &log)
		}
	}
	if metrics := ask(handler, http.MethodGet, "/metrics").Body.String(); !strings.Contains(metrics,
		`headroom_http_requests_total{code="500",method="GET",route="/api/v1/slos"} 1`) {
		t.Errorf("the panic is not counted as a 500:\n%s", metrics)
	}
}

func TestEveryAnswerIsSecured(t *testing.T) {
	handler := newHandler(t, api.Options{})
	for _, target := range []string{"/", "/api/v1/slos", "/metrics", "/healthz", "/assets/style.css", "/nothing", "/api/nothing"} {
		header := ask(handler, http.MethodGet, target).Header()
		csp := header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("GET %s: Content-Security-Policy %q", target, csp)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY"} {
			if got := header.Get(name); got != want {
				t.Errorf("GET %s: %s %q, want %q", target, name, got, want)
			}
		}
	}
}
