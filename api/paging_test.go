package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"headroom/api/v1"
	"headroom/budget/annotation"
)

// follow reads a list in pages to its end, and returns the ids of each page.
func follow(t *testing.T, handler http.Handler, path, query string) (pages [][]string) {
	t.Helper()
	for range 50 {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path+"?"+query, nil))
		var list []struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(answer.Body.Bytes(), &list); err != nil || answer.Code != http.StatusOK {
			t.Fatalf("GET %s?%s: %d %s", path, query, answer.Code, answer.Body)
		}
		ids := []string{}
		for _, one := range list {
			ids = append(ids, one.ID)
		}
		pages = append(pages, ids)
		link := answer.Header().Get("Link")
		if link == "" {
			return pages
		}
		query = strings.TrimSuffix(strings.TrimPrefix(link, "<?"), `>; rel="next"`)
	}
	t.Fatalf("%s has no last page", path)
	return nil
}

func wantRefused(t *testing.T, handler http.Handler, target string) {
	t.Helper()
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, target, nil))
	if answer.Code != http.StatusBadRequest {
		t.Errorf("GET %s: %d %s, want it refused", target, answer.Code, answer.Body)
	}
}

func TestDecisionsInPages(t *testing.T) {
	d := newGateDesk(t, nil)
	var want []string
	for _, path := range []string{"default/checkout", "default/search", "default/gateway", "default/checkout?change=fix", "default/search?environment=staging"} {
		want = append(want, d.ask("deployer", "/api/v1/gate/"+path).DecisionID)
	}
	slices.Reverse(want)
	handler := validated(t, d.handler)
	pages := follow(t, handler, "/api/v1/decisions", "limit=2")
	if len(pages) != 3 || !slices.Equal(slices.Concat(pages...), want) {
		t.Errorf("decisions %v, want %v two at a time", pages, want)
	}
	if own := follow(t, handler, "/api/v1/decisions", "limit=1&service=checkout"); len(own) != 2 {
		t.Errorf("decisions about checkout: %v, want two pages of one", own)
	}
	for _, cursor := range []string{"nonsense", v1.NewCursor("x", "1"), v1.NewCursor("1", "x"), v1.NewCursor("1")} {
		wantRefused(t, handler, "/api/v1/decisions?cursor="+cursor)
	}
}

func TestAnnotationsInPages(t *testing.T) {
	s := newStory(t)
	var want []string
	for i := range 23 {
		at := s.now.Add(-time.Duration(i/10) * time.Minute) // ten at once
		a := annotation.Annotation{ID: fmt.Sprintf("note %02d", i), Kind: annotation.Note, Start: at, End: at, Text: "so it was"}
		s.notes.list, want = append(s.notes.list, a), append(want, a.ID)
	}
	slices.Reverse(s.notes.list)
	handler := validated(t, s.handler)
	for _, size := range []int{1, 3, 10, 22, 23, 100} {
		pages := follow(t, handler, "/api/v1/annotations", fmt.Sprintf("limit=%d", size))
		if len(pages) != (23+size-1)/size || !slices.Equal(slices.Concat(pages...), want) {
			t.Errorf("pages of %d: %v", size, pages)
		}
	}
	list, err := s.client.Annotations(t.Context(), v1.AnnotationQuery{Limit: 15})
	if err != nil || len(list) != 15 || list[14].ID != "note 14" {
		t.Errorf("%d annotations, %v", len(list), err)
	}
	wantRefused(t, s.handler, "/api/v1/annotations?cursor=x")
	wantRefused(t, s.handler, "/api/v1/annotations?cursor="+v1.NewCursor("1", "note 1", "-1"))
}

func TestCorrectionsInPages(t *testing.T) {
	o := newOffice(t)
	var want []string
	for i := range 12 {
		o.post("ada", "", strings.Replace(excluding(`{"owners":["shop"]}`), "A load test.", fmt.Sprintf("Load test %d.", i), 1), http.StatusOK)
		want = append(want, strconv.Itoa(i+1))
	}
	pages := follow(t, o.handler, "/api/v1/corrections", "limit=5&state=in_force")
	if len(pages) != 3 || len(pages[0]) != 5 || !slices.Equal(slices.Concat(pages...), want) {
		t.Errorf("corrections %v, want %v five at a time", pages, want)
	}
	wantRefused(t, o.handler, "/api/v1/corrections?cursor="+v1.NewCursor("x"))
}

// TestAnswersAreTagged asks twice: who has the answer is not sent it again,
// unless it has changed.
func TestAnswersAreTagged(t *testing.T) {
	story, desk, shop, office := newStory(t), newGateDesk(t, nil), openShop(t), newOffice(t)
	whyShop, _ := openWhy(t)
	id := "/api/v1/slos/" + story.o.ID.String()
	for path, handler := range map[string]http.Handler{
		id + "/incidents": story.handler, id + "/forecast": story.handler, id + "/windows": story.handler, "/api/v1/annotations": story.handler,
		"/api/v1/decisions": desk.handler, "/api/v1/corrections": office.handler,
		"/api/v1/slos/" + plain + "/slices": shop.handler, "/api/v1/slos/" + plain + "/history": shop.handler,
		"/api/v1/slos/" + plain + "/why": whyShop.handler,
	} {
		first := get(t, handler, path)
		tag := first.Header().Get("ETag")
		request := httptest.NewRequest(http.MethodGet, path, nil)
		request.Header.Set("If-None-Match", tag)
		again := httptest.NewRecorder()
		handler.ServeHTTP(again, request)
		if first.Code != http.StatusOK || tag == "" || again.Code != http.StatusNotModified || again.Body.Len() > 0 {
			t.Errorf("%s: %d %q, again %d with %d bytes", path, first.Code, tag, again.Code, again.Body.Len())
		}
	}
	before := get(t, story.handler, "/api/v1/annotations").Header().Get("ETag")
	story.notes.list = append(story.notes.list, annotation.Annotation{ID: "note 1", Kind: annotation.Note, Start: story.now, End: story.now})
	if after := get(t, story.handler, "/api/v1/annotations").Header().Get("ETag"); after == before {
		t.Error("another answer has the same tag")
	}
}
