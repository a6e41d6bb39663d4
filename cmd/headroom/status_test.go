package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestStatusMentionsProblems(t *testing.T) {
	problems := `[{"check":"metrics-store-unreadable","severity":"error","message":"Prometheus says 401","hint":"check the token"}]`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/api/v1/slos":
			_, _ = w.Write([]byte("[]"))
		case "/api/v1/problems":
			_, _ = w.Write([]byte(problems))
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	status := func() (code int, stdout, stderr string) {
		var out, errs bytes.Buffer
		code = run(t.Context(), []string{"status", "--url", server.URL}, strings.NewReader(""), &out, &errs)
		return code, out.String(), errs.String()
	}
	code, stdout, stderr := status()
	if code != exitFine || !strings.Contains(stderr, "Prometheus says 401") || !strings.Contains(stderr, "check the token") || strings.Contains(stdout, "401") {
		t.Errorf("status with a problem: %d\n%s\n%s", code, stdout, stderr)
	}
	problems = "[]"
	if code, _, stderr := status(); code != exitFine || strings.Contains(stderr, "roblem") {
		t.Errorf("status without problems: %d %s", code, stderr)
	}
}
