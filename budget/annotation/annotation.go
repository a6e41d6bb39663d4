// Package annotation tells what happened around an objective: deployments, holds
// of releases, corrections, and what people noted. Only notes are kept here; the
// rest is read where it is kept anyway, so that it cannot contradict it.
package annotation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"headroom/slo"
)

// Kind says what happened.
type Kind string

// The kinds.
const (
	Deployment Kind = "deployment" // a platform event of this kind has ended
	Hold       Kind = "hold"       // a gate held releases, or let them pass again
	Correction Kind = "correction" // time or counts are corrected
	Note       Kind = "note"       // somebody wrote it
)

// Kinds returns every kind.
func Kinds() []Kind { return []Kind{Deployment, Hold, Correction, Note} }

// Annotation is something that happened at a time or for a while.
type Annotation struct {
	ID        string // "note 12": unique among all kinds
	Kind      Kind
	Start     time.Time
	End       time.Time // equal to Start for a moment
	Service   string    // "namespace/name"; "" for every service
	Objective string    // its name; "" for all of the service
	Text      string    // one sentence
	URL       string    // http or https, may be empty
	Author    string    // who did it: a person, a token, a source; may be empty
}

// About says what the annotation is about: an objective, a service or all of
// them.
func (a *Annotation) About() string {
	switch {
	case a.Service == "":
		return "every service"
	case a.Objective == "":
		return a.Service
	default:
		return a.Service + "/" + a.Objective
	}
}

// Query selects annotations. Those of a whole service are about each of its
// objectives, and those of every service about all.
type Query struct {
	Objective *slo.Objective // nil: all, or those of Service
	Service   string         // "namespace/name"; "" for all; ignored with Objective
	From, To  time.Time      // that touch [From, To]
	Kinds     []Kind         // none: all
	After     *Place         // those after this one, in the order of Gather; nil: from the latest
	Limit     int            // at most so many, the latest
}

// Place is that of an annotation in the order of Gather.
type Place struct {
	Start time.Time
	ID    string
	Same  int // how many up to it begin when it does
}

// from is the query for sources, which know no places: it asks for what is
// before the place, and takes in what begins with it.
func (q Query) from() Query {
	if q.After == nil {
		return q
	}
	if q.After.Start.Before(q.To) {
		q.To = q.After.Start
	}
	if q.Limit > 0 {
		q.Limit += q.After.Same
	}
	return q
}

// passed reports whether an annotation is up to the place.
func (p *Place) passed(a Annotation) bool {
	return p != nil && (a.Start.After(p.Start) || a.Start.Equal(p.Start) && a.ID <= p.ID)
}

// Wants reports whether annotations of a kind are selected.
func (q Query) Wants(k Kind) bool { return len(q.Kinds) == 0 || slices.Contains(q.Kinds, k) }

// ServiceName returns the service that is asked for, "" for all.
func (q Query) ServiceName() string {
	if q.Objective != nil {
		return q.Objective.Service()
	}
	return q.Service
}

// Match reports whether an annotation is selected.
func (q Query) Match(a Annotation) bool {
	if !q.Wants(a.Kind) || a.Start.After(q.To) || a.End.Before(q.From) {
		return false
	}
	if service := q.ServiceName(); service != "" && a.Service != "" && a.Service != service {
		return false
	}
	return q.Objective == nil || a.Objective == "" || a.Objective == q.Objective.ID.Objective
}

// Source is where annotations are read from. It may return more than what is
// selected, and returns at least the Limit latest of it; of those that begin at
// once the first by ID. It need not look at After.
type Source interface {
	Annotations(ctx context.Context, q Query) ([]Annotation, error)
}

// SourceFunc is a function as a Source.
type SourceFunc func(ctx context.Context, q Query) ([]Annotation, error)

// Annotations calls the function.
func (f SourceFunc) Annotations(ctx context.Context, q Query) ([]Annotation, error) { return f(ctx, q) }

// Gather returns the selected annotations of all sources, the latest first.
func Gather(ctx context.Context, q Query, sources ...Source) ([]Annotation, error) {
	all := []Annotation{}
	for _, s := range sources {
		list, err := s.Annotations(ctx, q.from())
		if err != nil {
			return nil, fmt.Errorf("gather annotations: %w", err)
		}
		for _, a := range list {
			if q.Match(a) && !q.After.passed(a) {
				all = append(all, a)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Annotation) int {
		return cmp.Or(b.Start.Compare(a.Start), strings.Compare(a.ID, b.ID))
	})
	if q.Limit > 0 && len(all) > q.Limit {
		all = all[:q.Limit]
	}
	return all, nil
}

// Store keeps notes durable.
type Store interface {
	Source
	// SaveNote inserts a note with its entry of the audit, both or neither, and
	// returns it with its ID.
	SaveNote(ctx context.Context, a Annotation, now time.Time) (Annotation, error)
}

// ErrInvalid is wrapped by the errors about notes that are at fault themselves.
var ErrInvalid = errors.New("note is not valid")

// Bounds of a note.
const (
	MaxText = 500 // characters
	MaxURL  = 2000
	// MaxAhead is how far in the future a note may begin.
	MaxAhead = 366 * 24 * time.Hour
)

// Check returns a note with its text trimmed and its times in UTC milliseconds,
// or an error that wraps ErrInvalid.
func Check(a Annotation, now time.Time) (Annotation, error) {
	a.Kind, a.Text = Note, strings.TrimSpace(a.Text)
	if a.Start.IsZero() {
		a.Start = now
	}
	if a.End.IsZero() {
		a.End = a.Start
	}
	a.Start, a.End = a.Start.UTC().Truncate(time.Millisecond), a.End.UTC().Truncate(time.Millisecond)
	var fault string
	switch {
	case a.Text == "":
		fault = "text is missing"
	case utf8.RuneCountInString(a.Text) > MaxText:
		fault = fmt.Sprintf("text is longer than %d characters", MaxText)
	case !utf8.ValidString(a.Text) || strings.ContainsFunc(a.Text, unprintable):
		fault = "text has characters that cannot be printed, such as line breaks"
	case a.URL != "" && !link(a.URL):
		fault = "url is not an address with http:// or https://"
	case a.Objective != "" && a.Service == "":
		fault = "objective is given without its service"
	case a.End.Before(a.Start):
		fault = "until is before at"
	case a.Start.After(now.Add(MaxAhead)):
		fault = "at is more than a year ahead"
	case a.Start.Before(time.Unix(0, 0)):
		fault = "at is before 1970"
	default:
		return a, nil
	}
	return a, fmt.Errorf("%w: %s", ErrInvalid, fault)
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// link reports whether a text is a web address: what else a browser may follow,
// such as javascript:, is none.
func link(s string) bool {
	rest, found := strings.CutPrefix(s, "https://")
	if !found {
		rest, found = strings.CutPrefix(s, "http://")
	}
	return found && rest != "" && len(s) <= MaxURL && !strings.ContainsFunc(s, func(r rune) bool { return unprintable(r) || unicode.IsSpace(r) })
}
