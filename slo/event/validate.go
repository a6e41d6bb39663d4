package event

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"headroom/slo"
)

// ErrInvalid is wrapped by every error of Validate.
var ErrInvalid = errors.New("not a valid event")

// Bounds of what an event may hold, in bytes unless it says otherwise.
const (
	MaxSubject        = 512
	MaxRun            = 256
	MaxAttempt        = 1_000_000 // attempts
	MaxText           = 512       // of environment, branch, revision and change
	MaxURL            = 2048
	MaxAttributes     = 32 // entries
	MaxAttributeName  = 64
	MaxAttributeValue = 1024
)

// maxDisorder is how much earlier a run may end than it began: the two times
// may be told by two clocks.
const maxDisorder = time.Hour

// Validate reports everything that is wrong with an event.
func (e Event) Validate() error {
	var errs []error
	report := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	report(e.checkIdentity())
	report(e.checkEnd())
	report(e.checkTimes())
	report(e.checkTexts())
	report(e.checkAttributes())
	if len(errs) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrInvalid, errors.Join(errs...))
}

func (e Event) checkIdentity() error {
	var errs []error
	if !slo.ValidName(e.Source) {
		errs = append(errs, fmt.Errorf("source %s: use a-z, 0-9 and inner dashes, at most %d characters", quote(e.Source), slo.MaxNameLength))
	}
	if !slices.Contains(Kinds(), e.Kind) {
		errs = append(errs, fmt.Errorf("kind %s: want one of %s", quote(string(e.Kind)), list(Kinds())))
	}
	if e.Subject == "" {
		errs = append(errs, errors.New("subject is missing"))
	}
	if e.Run == "" {
		errs = append(errs, errors.New("run is missing"))
	}
	if e.Attempt < 1 || e.Attempt > MaxAttempt {
		errs = append(errs, fmt.Errorf("attempt %d: want 1 to %d", e.Attempt, MaxAttempt))
	}
	if e.Service != "" {
		if namespace, name, err := slo.ParseService(e.Service); err != nil {
			errs = append(errs, fmt.Errorf("service %s: want namespace/name", quote(e.Service)))
		} else if full := namespace + "/" + name; full != e.Service {
			errs = append(errs, fmt.Errorf("service %s: write its namespace, too: %s", quote(e.Service), full))
		}
	}
	return errors.Join(errs...)
}

func (e Event) checkEnd() error {
	var errs []error
	if e.Settled() && !slices.Contains(Outcomes(), e.Outcome) {
		errs = append(errs, fmt.Errorf("outcome %s: want one of %s, or none while it runs", quote(string(e.Outcome)), list(Outcomes())))
	}
	if e.Fault != "" && !slices.Contains(Faults(), e.Fault) {
		errs = append(errs, fmt.Errorf("fault %s: want one of %s, or none", quote(string(e.Fault)), list(Faults())))
	}
	switch {
	case e.Settled() && e.Finished.IsZero():
		errs = append(errs, errors.New("finished is missing: an outcome needs it"))
	case !e.Settled() && !e.Finished.IsZero():
		errs = append(errs, errors.New("outcome is missing: a finished run needs one"))
	}
	return errors.Join(errs...)
}

func (e Event) checkTimes() error {
	var errs []error
	times := []struct {
		name string
		at   time.Time
	}{{"queued", e.Queued}, {"started", e.Started}, {"finished", e.Finished}, {"updated", e.Updated}}
	for _, t := range times {
		if !t.at.IsZero() && (t.at.Year() < 2000 || t.at.Year() > 2100) {
			errs = append(errs, fmt.Errorf("%s: the year %d is not between 2000 and 2100", t.name, t.at.Year()))
		}
	}
	for i, early := range times[:2] {
		for _, late := range times[i+1 : 3] {
			if !early.at.IsZero() && !late.at.IsZero() && early.at.Sub(late.at) > maxDisorder {
				errs = append(errs, fmt.Errorf("%s is more than %s before %s", late.name, slo.FormatDuration(maxDisorder), early.name))
			}
		}
	}
	return errors.Join(errs...)
}

func (e Event) checkTexts() error {
	var errs []error
	for _, t := range []struct {
		name, text string
		most       int
	}{
		{"subject", e.Subject, MaxSubject},
		{"run", e.Run, MaxRun},
		{"environment", e.Environment, MaxText},
		{"branch", e.Branch, MaxText},
		{"revision", e.Revision, MaxText},
		{"change", e.Change, MaxText},
		{"url", e.URL, MaxURL},
	} {
		if err := checkText(t.name, t.text, t.most); err != nil {
			errs = append(errs, err)
		}
	}
	if e.URL != "" {
		if !fullAddress(e.URL) {
			errs = append(errs, errors.New("url: want a full address that begins with http:// or https://"))
		}
	}
	return errors.Join(errs...)
}

func (e Event) checkAttributes() error {
	if len(e.Attributes) > MaxAttributes {
		return fmt.Errorf("%d attributes, want at most %d", len(e.Attributes), MaxAttributes)
	}
	var errs []error
	for name, value := range e.Attributes {
		if name == "" {
			errs = append(errs, errors.New("an attribute has no name"))
		}
		if err := checkText("name of an attribute", name, MaxAttributeName); err != nil {
			errs = append(errs, err)
		} else if err := checkText("attribute "+name, value, MaxAttributeValue); err != nil {
			errs = append(errs, err)
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}

func checkText(name, text string, most int) error {
	switch {
	case len(text) > most:
		return fmt.Errorf("%s is longer than %d bytes", name, most)
	case !utf8.ValidString(text):
		return fmt.Errorf("%s is not UTF-8", name)
	case strings.ContainsFunc(text, unicode.IsControl):
		return fmt.Errorf("%s has a control character", name)
	default:
		return nil
	}
}

// quote shows a text of unknown length and content.
func quote(s string) string {
	const most = 64
	if len(s) > most {
		s = s[:most] + "…"
	}
	return fmt.Sprintf("%q", strings.ToValidUTF8(s, "\uFFFD"))
}

func list[T ~string](values []T) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = string(v)
	}
	return strings.Join(texts, ", ")
}

// ValidURL reports whether an event may hold a text as its URL.
func ValidURL(text string) bool {
	return checkText("url", text, MaxURL) == nil && fullAddress(text)
}

func fullAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
