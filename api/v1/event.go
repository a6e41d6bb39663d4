package v1

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"headroom/slo/event"
)

// Event is one platform event as POST /api/v1/events takes it. Attempt is 1
// when it is left out; times are RFC 3339.
type Event = event.Event

// MaxEvents is how many events one request may hold.
const MaxEvents = 1000

// Recorded answers a request whose events are stored durably, but for those that
// are dropped.
type Recorded struct {
	Recorded int    `json:"recorded"`
	Dropped  int    `json:"dropped,omitempty"` // sending them again would not help
	Reason   string `json:"reason,omitempty"`  // why some are dropped, in words
}

// NewRecorded answers for so many events, of which some are dropped because
// they are older than events are kept.
func NewRecorded(events, dropped int) Recorded {
	r := Recorded{Recorded: events - dropped, Dropped: dropped}
	switch dropped {
	case 0:
	case 1:
		r.Reason = "1 event is older than events are kept and was dropped"
	default:
		r.Reason = fmt.Sprintf("%d events are older than events are kept and were dropped", dropped)
	}
	return r
}

// Ignored answers a delivery that is in order and no event.
type Ignored struct {
	Ignored string `json:"ignored"` // why, in words
}

// EventsError lists what is wrong with events.
type EventsError struct {
	Faults []string // "events[3]: subject is missing"; without a place for a single event
}

func (e *EventsError) Error() string {
	if len(e.Faults) == 1 {
		return e.Faults[0]
	}
	return fmt.Sprintf("%d faults, the first: %s", len(e.Faults), e.Faults[0])
}

// maxFaults bounds how many faults are listed.
const maxFaults = 50

// ParseEvents reads one event, or an array of at most MaxEvents. Unknown and
// repeated fields are faults, as is what event.Event.Validate finds. Its error
// is an *EventsError unless the text is no JSON of that form at all.
func ParseEvents(text []byte) ([]Event, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("the text is not UTF-8")
	}
	texts, array, err := splitEvents(text)
	if err != nil {
		return nil, err
	}
	events := make([]Event, len(texts))
	var faults []string
	for i, text := range texts {
		place := ""
		if array {
			place = fmt.Sprintf("events[%d]: ", i)
		}
		e, found := parseEvent(text)
		for _, fault := range found {
			faults = append(faults, place+fault)
		}
		events[i] = e
		if len(faults) > maxFaults {
			faults = append(faults[:maxFaults], "and more")
			break
		}
	}
	if len(faults) > 0 {
		return nil, &EventsError{Faults: faults}
	}
	return events, nil
}

// splitEvents takes an array apart, no further than MaxEvents.
func splitEvents(text []byte) (texts []json.RawMessage, array bool, err error) {
	text = bytes.TrimSpace(text)
	decoder := json.NewDecoder(bytes.NewReader(text))
	array = len(text) > 0 && text[0] == '['
	if !array {
		var one json.RawMessage
		if err := decoder.Decode(&one); err != nil {
			return nil, false, explainJSON(err)
		}
		return []json.RawMessage{one}, false, atEnd(decoder)
	}
	if _, err := decoder.Token(); err != nil {
		return nil, true, explainJSON(err)
	}
	for decoder.More() {
		if len(texts) == MaxEvents {
			return nil, true, fmt.Errorf("more than %d events: send them in several requests", MaxEvents)
		}
		var one json.RawMessage
		if err := decoder.Decode(&one); err != nil {
			return nil, true, explainJSON(err)
		}
		texts = append(texts, one)
	}
	if _, err := decoder.Token(); err != nil {
		return nil, true, explainJSON(err)
	}
	return texts, true, atEnd(decoder)
}

func atEnd(decoder *json.Decoder) error {
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the JSON: send one event, or an array of events")
	}
	return nil
}

func explainJSON(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the JSON ends early")
	}
	return fmt.Errorf("read JSON: %w", err)
}

// parseEvent reads one object field by field, so that each fault can name its
// field.
func parseEvent(text []byte) (Event, []string) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return Event{}, []string{"an event is an object"}
	}
	e := Event{Attempt: 1}
	fields, seen := fieldsOf(&e), map[string]bool{}
	var faults []string
	for decoder.More() {
		var value json.RawMessage
		key, err := decoder.Token()
		if err == nil {
			err = decoder.Decode(&value)
		}
		if err != nil {
			return e, append(faults, explainJSON(err).Error())
		}
		name, _ := key.(string) // keys are strings, or Token has returned an error
		target, known := fields[name]
		switch {
		case !known:
			faults = append(faults, fmt.Sprintf("field %q is not known: the fields are %s", clip(name), strings.Join(slices.Sorted(maps.Keys(fields)), ", ")))
		case seen[name]:
			faults = append(faults, fmt.Sprintf("field %s is there twice", name))
		case json.Unmarshal(value, target) != nil:
			faults = append(faults, fmt.Sprintf("%s: want %s", name, form(target)))
		}
		seen[name] = true
	}
	if len(faults) > 0 {
		return e, faults
	}
	return e, validationFaults(e)
}

func fieldsOf(e *Event) map[string]any {
	return map[string]any{
		"source": &e.Source, "kind": &e.Kind, "subject": &e.Subject, "run": &e.Run, "attempt": &e.Attempt, "service": &e.Service,
		"queued": &e.Queued, "started": &e.Started, "finished": &e.Finished, "outcome": &e.Outcome, "fault": &e.Fault, "updated": &e.Updated,
		"environment": &e.Environment, "branch": &e.Branch, "revision": &e.Revision, "change": &e.Change, "url": &e.URL, "attributes": &e.Attributes,
	}
}

// form says what a field wants to be.
func form(target any) string {
	switch target.(type) {
	case *time.Time:
		return "a time such as 2026-11-23T14:30:05Z"
	case *int:
		return "a whole number"
	case *map[string]string:
		return "an object whose values are texts"
	default:
		return "a text"
	}
}

func validationFaults(e Event) []string {
	err := e.Validate()
	if err == nil {
		return nil
	}
	text := strings.TrimPrefix(err.Error(), event.ErrInvalid.Error()+": ")
	return strings.Split(text, "\n")
}

// clip shortens a text that the sender chose.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
