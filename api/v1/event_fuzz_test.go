package v1_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"headroom/api/v1"
)

// FuzzParseEvents looks for texts that make the parser panic, for events out of
// their bounds, and for events that are not read as they are written.
func FuzzParseEvents(f *testing.F) {
	const event = `{"source":"ci","kind":"pipeline","subject":"shop","run":"7","attempt":2,"service":"a/b","started":"2026-11-23T14:00:00.5+01:00","finished":"2026-11-23T14:05:00Z","outcome":"failure","fault":"user","attributes":{"a":"b"},"url":"https://ci.example/7"}`
	for _, text := range []string{event, "[" + event + "," + event + "]", "[]", "null", "[null]", `{"run":"1","run":"2"}`, strings.Repeat("[", 1000)} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		events, err := v1.ParseEvents(text)
		if err != nil {
			if events != nil || err.Error() == "" {
				t.Fatalf("%d events beside the error %q", len(events), err)
			}
			return
		}
		for _, e := range events {
			if err := e.Validate(); err != nil {
				t.Fatalf("an event that is not valid: %v", err)
			}
		}
		written, err := json.Marshal(events)
		if err != nil {
			t.Fatal(err)
		}
		again, err := v1.ParseEvents(written)
		if err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if diff := cmp.Diff(events, again, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("(-read +written and read):\n%s", diff)
		}
	})
}
