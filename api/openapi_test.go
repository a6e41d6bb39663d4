package api_test

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"headroom/api"
)

const openAPIPath = "../docs/openapi/openapi.yaml"

// TestDescription demands that docs/openapi/openapi.yaml is paths.yaml with the
// schemas of the Go types.
func TestDescription(t *testing.T) {
	text, err := os.ReadFile("../docs/openapi/paths.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var document map[string]any
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	d, err := newDescriber()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]any{}
	for name, typ := range schemas() {
		all[name] = d.document(typ)
	}
	document["components"].(map[string]any)["schemas"] = all
	var got bytes.Buffer
	got.WriteString("# Made of paths.yaml and Go types by the tests of package api, with -update.\n")
	encoder := yaml.NewEncoder(&got)
	encoder.SetIndent(2)
	if err := encoder.Encode(document); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(openAPIPath, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(openAPIPath)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got; -update rewrites it):\n%s", openAPIPath, diff)
	}
}

var described = sync.OnceValues(func() (*openapi3.T, error) {
	document, err := openapi3.NewLoader().LoadFromFile(openAPIPath)
	if err != nil {
		return nil, err
	}
	return document, document.Validate(openapi3.NewLoader().Context)
})

// TestDescribedRoutes demands that every route is described, with the scope
// that it needs, and that nothing else is. Pages for people are left out.
func TestDescribedRoutes(t *testing.T) {
	document, err := described()
	if err != nil {
		t.Fatal(err)
	}
	type operation struct{ Method, Path, Scope string }
	var served, told []operation
	parameter := regexp.MustCompile(`:([a-z]+)`)
	for _, r := range api.ServedBy() {
		if r.Path == "/" || strings.HasPrefix(r.Path, "/slos/") || strings.HasPrefix(r.Path, "/assets/") || strings.HasPrefix(r.Path, "/help/") {
			continue
		}
		scope := r.Scope
		if scope == "read" {
			scope = ""
		}
		served = append(served, operation{r.Method, parameter.ReplaceAllString(r.Path, "{$1}"), scope})
	}
	for path, item := range document.Paths.Map() {
		for method, op := range item.Operations() {
			scope, _ := op.Extensions["x-scope"].(string)
			if path == "/api/v1/corrections/preview" { // asks for either of two scopes itself
				scope = ""
			}
			told = append(told, operation{method, path, scope})
		}
	}
	order := func(a, b operation) int { return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method) }
	slices.SortFunc(served, order)
	slices.SortFunc(told, order)
	if diff := cmp.Diff(served, told); diff != "" {
		t.Errorf("routes (-served +described in docs/openapi/paths.yaml):\n%s", diff)
	}
}

func TestDescriptionIsServed(t *testing.T) {
	handler := newHandler(t, api.Options{})
	yamlText := get(t, handler, "/api/v1/openapi.yaml").Body.Bytes()
	for _, text := range [][]byte{yamlText, get(t, handler, "/api/v1/openapi.json").Body.Bytes()} {
		document, err := openapi3.NewLoader().LoadFromData(text)
		if err != nil {
			t.Fatal(err)
		}
		if paths := slices.Sorted(maps.Keys(document.Paths.Map())); !slices.Contains(paths, "/api/v1/slos") {
			t.Errorf("it describes %q", paths)
		}
	}
}

var router = sync.OnceValues(func() (routers.Router, error) {
	document, err := described()
	if err != nil {
		return nil, err
	}
	document.Servers = nil
	return gorillamux.NewRouter(document)
})

// validated checks every request and answer of a handler against the
// description: an answer must be as it says, and a request that it would refuse
// must not succeed.
func validated(t *testing.T, next http.Handler) http.Handler {
	t.Helper()
	find, err := router()
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body []byte
		if r.Body != nil {
			body, _ = io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		check := r.Clone(r.Context())
		check.Body = io.NopCloser(bytes.NewReader(body))
		if check.Method == http.MethodHead {
			check.Method = http.MethodGet
		}
		if found, parameters, err := find.FindRoute(check); err == nil {
			compareWithDescription(t, check, found, parameters, r.Method, answer)
		} else if answer.Code < 400 && r.Method != http.MethodOptions && strings.HasPrefix(r.URL.Path, "/api/") {
			t.Errorf("%s %s is answered and not described: %v", r.Method, r.URL, err)
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
}

func compareWithDescription(t *testing.T, r *http.Request, route *routers.Route, parameters map[string]string, method string, answer *httptest.ResponseRecorder) {
	t.Helper()
	input := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: parameters, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, MultiError: true},
	}
	if strings.HasPrefix(route.Path, "/webhooks/") {
		input.Options.ExcludeRequestBody = true
	}
	if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil && answer.Code < 300 {
		t.Errorf("%s %s succeeds and is not as described: %v", method, r.URL, err)
	}
	kind := answer.Header().Get("Content-Type")
	output := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: answer.Code, Header: answer.Header(),
		Options: &openapi3filter.Options{
			MultiError: true, IncludeResponseStatus: true,
			ExcludeResponseBody: method == http.MethodHead || kind != "application/json" || answer.Header().Get("Content-Encoding") != "",
		},
	}
	output.SetBodyBytes(answer.Body.Bytes())
	if err := openapi3filter.ValidateResponse(r.Context(), output); err != nil {
		t.Errorf("%s %s: the answer %d is not as described: %v", method, r.URL, answer.Code, err)
	}
}
