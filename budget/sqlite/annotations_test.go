package sqlite_test

import (
	"strconv"
	"testing"
	"time"

	"headroom/budget/annotation"
	"headroom/budget/events"
	"headroom/slo"
	"headroom/slo/event"
)

func TestNotesAreKept(t *testing.T) {
	at := func(m int) time.Time { return time.Date(2026, 3, 2, 12, m, 0, 0, time.UTC) }
	s := open(t, t.TempDir()+"/headroom.db")
	for i, a := range []annotation.Annotation{
		{Text: "all", Start: at(0), End: at(0), Author: "ann"},
		{Text: "service", Start: at(1), End: at(30), Service: "shop/checkout"},
		{Text: "objective", Start: at(2), End: at(2), Service: "shop/checkout", Objective: "availability", URL: "https://wiki.example/"},
		{Text: "other", Start: at(3), End: at(3), Service: "shop/search"},
	} {
		saved, err := s.Notes().SaveNote(t.Context(), a, at(59))
		if err != nil || saved.ID == "" || saved.Text != a.Text {
			t.Fatalf("note %d: %+v, %v", i, saved, err)
		}
	}
	o := &slo.Objective{ID: slo.ID{Namespace: "shop", Service: "checkout", Objective: "availability"}}
	list, err := s.Notes().Annotations(t.Context(), annotation.Query{Objective: o, From: at(0), To: at(59), Limit: 10})
	if err != nil || len(list) != 3 || list[0].Text != "objective" || list[0].URL == "" || list[2].Author != "ann" || list[2].Kind != annotation.Note {
		t.Fatalf("%+v, %v", list, err)
	}
	if list, err = s.Notes().Annotations(t.Context(), annotation.Query{From: at(20), To: at(59)}); err != nil || len(list) != 1 || !list[0].End.Equal(at(30)) {
		t.Errorf("that last into the time: %+v, %v", list, err)
	}
	if list, err = s.Notes().Annotations(t.Context(), annotation.Query{From: at(0), To: at(59), Kinds: []annotation.Kind{annotation.Hold}}); err != nil || len(list) != 0 {
		t.Errorf("of another kind: %+v, %v", list, err)
	}
}

func TestDeploymentsAreAnnotations(t *testing.T) {
	at := func(m int) time.Time { return time.Date(2026, 3, 2, 12, m, 0, 0, time.UTC) }
	s := open(t, t.TempDir()+"/headroom.db")
	var batch events.Batch
	for i, service := range []string{"shop/checkout", "shop/search", "shop/checkout"} {
		e := event.Event{Source: "exec", Kind: event.Deployment, Subject: service, Run: string(rune('a' + i)), Attempt: 1, Service: service, Finished: at(i), Outcome: event.Success}
		if i == 2 {
			e.Finished, e.Outcome = time.Time{}, event.Unsettled
		}
		batch.Events = append(batch.Events, events.Stored{Event: e, At: at(i)})
	}
	if err := s.Events().Commit(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	list, err := s.Events().Annotations(t.Context(), annotation.Query{Service: "shop/checkout", From: at(0), To: at(59), Limit: 5})
	if err != nil || len(list) != 1 || list[0].Text != "Deployment done" || !list[0].Start.Equal(at(0)) {
		t.Fatalf("%+v, %v", list, err)
	}
	if list, err = s.Events().Annotations(t.Context(), annotation.Query{From: at(0), To: at(59)}); err != nil || len(list) != 2 {
		t.Errorf("of all services: %+v, %v", list, err)
	}
}

// TestAnnotationsAreReadOn reads, one after the other, what happened at once.
func TestAnnotationsAreReadOn(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	s := open(t, t.TempDir()+"/headroom.db")
	var batch events.Batch
	want := map[string]bool{}
	for i := range 12 {
		if _, err := s.Notes().SaveNote(t.Context(), annotation.Annotation{Text: "so it was", Start: at, End: at}, at); err != nil {
			t.Fatal(err)
		}
		e := event.Event{Source: "exec", Kind: event.Deployment, Subject: "shop", Run: strconv.Itoa(i), Attempt: 1, Service: "shop/checkout", Finished: at, Outcome: event.Success}
		batch.Events = append(batch.Events, events.Stored{Event: e, At: at})
		want["note "+strconv.Itoa(i+1)], want["deployment exec shop "+strconv.Itoa(i)+" 1"] = true, true
	}
	if err := s.Events().Commit(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	q := annotation.Query{From: at, To: at.Add(time.Hour), Limit: 5}
	for read := 0; read < 24; {
		list, err := annotation.Gather(t.Context(), q, s.Notes(), s.Events())
		if err != nil || len(list) != min(5, 24-read) {
			t.Fatalf("after %d: %d, %v", read, len(list), err)
		}
		for _, a := range list {
			if !want[a.ID] {
				t.Errorf("%s is read twice", a.ID)
			}
			delete(want, a.ID)
		}
		read += len(list)
		q.After = &annotation.Place{Start: at, ID: list[len(list)-1].ID, Same: read}
	}
	if len(want) > 0 {
		t.Errorf("never read: %v", want)
	}
}
