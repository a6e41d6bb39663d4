package correction

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"headroom/budget"
	"headroom/internal/schedule"
	"headroom/internal/strictyaml"
	"headroom/slo"
)

// Draft is a correction as people write it, in the API, on the command line and
// in files.
type Draft struct {
	Kind       string            `json:"kind,omitempty"` // "" is exclude
	Category   string            `json:"category"`
	Reason     string            `json:"reason"`
	Objectives Selection         `json:"objectives"`
	Group      map[string]string `json:"group,omitempty"` // labels of the group that an adjustment is about
	// From and To are times with an offset (2026-11-20T22:00:00+01:00), or
	// without one, or dates, in Zone.
	From   string  `json:"from"`
	To     string  `json:"to"`
	Zone   string  `json:"zone,omitempty"`   // such as Europe/Berlin
	Repeat string  `json:"repeat,omitempty"` // a rule of RFC 5545: FREQ=WEEKLY;BYDAY=SU
	Adjust *Amount `json:"adjust,omitempty"`
}

// Selection selects objectives, in the words that people write.
type Selection struct {
	IDs        []string          `json:"ids,omitempty"`        // namespace/service/objective or service/objective
	Services   []string          `json:"services,omitempty"`   // namespace/name or name
	Namespaces []string          `json:"namespaces,omitempty"` // or "*" alone
	Owners     []string          `json:"owners,omitempty"`
	Labels     map[string]string `json:"labels,omitempty"`
}

// Amount is what an adjustment adds, in events; negative takes away.
type Amount struct {
	Bad   float64 `json:"bad"`
	Total float64 `json:"total"`
}

// Fault is one thing that is wrong with a draft.
//
//nolint:errname // read as correction.Fault at the call site
type Fault struct {
	Field         string // as in "objectives.ids"
	Index         int    // of the entry in Field, where it is a list
	Message, Hint string
}

func (f *Fault) Error() string {
	if f.Hint == "" {
		return f.Field + ": " + f.Message
	}
	return f.Field + ": " + f.Message + ": " + f.Hint
}

// Faults are all that is wrong with a draft.
//
//nolint:errname // read as correction.Faults at the call site
type Faults []*Fault

func (f Faults) Error() string {
	texts := make([]string, len(f))
	for i, fault := range f {
		texts[i] = fault.Error()
	}
	return strings.Join(texts, "; ")
}

// Bounds of a draft.
const (
	maxReason = 1000                 // characters
	maxSpan   = 366 * 24 * time.Hour // of an interval that does not repeat
	maxAmount = 1e12                 // events
)

// resolver fills in terms and collects faults.
type resolver struct {
	d      *Draft
	kept   bool // it was accepted before
	faults Faults
}

func (r *resolver) fault(field, message, hint string) {
	r.faults = append(r.faults, &Fault{Field: field, Message: message, Hint: hint})
}

func (r *resolver) faultAt(field string, i int, message, hint string) {
	r.faults = append(r.faults, &Fault{Field: field, Index: i, Message: message, Hint: hint})
}

// Terms resolves and checks a draft. The error is Faults: all that is wrong.
func (d Draft) Terms() (Terms, error) { return d.terms(false) }

// Kept resolves a draft that was accepted before, by a headroom that minded less
// of how a rule is written, or by other clocks: governments change them. A time
// that they have come to skip is the moment at which they do.
func (d Draft) Kept() (Terms, error) { return d.terms(true) }

func (d Draft) terms(kept bool) (Terms, error) {
	r := &resolver{d: &d, kept: kept}
	t := Terms{Draft: d, Kind: oneOf(r, "kind", d.Kind, Exclude, Kinds()), Category: oneOf(r, "category", d.Category, "", Categories())}
	t.Reason = r.reason()
	t.Objectives = r.selector()
	r.interval(&t)
	r.amount(&t)
	if len(r.faults) > 0 {
		return Terms{}, r.faults
	}
	return t, nil
}

func oneOf[T ~string](r *resolver, field, word string, otherwise T, words []T) T {
	switch {
	case word == "" && otherwise != "":
		return otherwise
	case slices.Contains(words, T(word)):
		return T(word)
	}
	names := make([]string, len(words))
	for i, w := range words {
		names[i] = string(w)
	}
	hint := "write one of " + strings.Join(names, ", ")
	switch near, found := strictyaml.Nearest(word, names); {
	case word == "":
		r.fault(field, "the "+field+" is missing", hint)
	case found:
		r.fault(field, fmt.Sprintf("%s %q is not known", field, word), fmt.Sprintf("did you mean %s?", near))
	default:
		r.fault(field, fmt.Sprintf("%s %q is not known", field, word), hint)
	}
	return otherwise
}

func (r *resolver) reason() string {
	reason := strings.TrimSpace(r.d.Reason)
	switch {
	case reason == "":
		r.fault("reason", "the reason is missing", "say in a sentence why this does not count, for whoever audits the budget")
	case len([]rune(reason)) > maxReason:
		r.fault("reason", fmt.Sprintf("the reason has more than %d characters", maxReason), "shorten it, and link to the rest")
	case strings.ContainsFunc(reason, func(c rune) bool { return c != '\n' && !unicode.IsPrint(c) }):
		r.fault("reason", "the reason holds control characters", "write plain text")
	}
	return reason
}

func (r *resolver) selector() Selector {
	in := &r.d.Objectives
	s := Selector{Owners: in.Owners, Labels: in.Labels}
	for i, text := range in.IDs {
		id, err := slo.ParseID(text)
		if err != nil {
			r.faultAt("objectives.ids", i, err.Error(), "")
		}
		s.IDs = append(s.IDs, id)
	}
	for i, text := range in.Services {
		namespace, name, err := slo.ParseService(text)
		if err != nil {
			r.faultAt("objectives.services", i, err.Error(), "")
		}
		s.Services = append(s.Services, namespace+"/"+name)
	}
	for i, name := range in.Namespaces {
		switch {
		case name == All && len(in.Namespaces) > 1:
			r.faultAt("objectives.namespaces", i, `"*" beside other namespaces`, `write "*" alone, or only names`)
		case name != All && !slo.ValidName(name):
			r.faultAt("objectives.namespaces", i, fmt.Sprintf("%q is not a namespace", name), `write a name as specs declare it, or "*" alone for all`)
		}
		s.Namespaces = append(s.Namespaces, name)
	}
	for i, owner := range in.Owners {
		if strings.TrimSpace(owner) == "" {
			r.faultAt("objectives.owners", i, "the owner is empty", "name the owner as specs declare it")
		}
	}
	if s.Empty() {
		r.fault("objectives", "the correction is about no objective", `select them by ids, services, owners, labels or namespaces; namespaces: ["*"] is about all`)
	}
	return s
}

func (r *resolver) interval(t *Terms) {
	zone, ok := r.zone()
	if !ok {
		return
	}
	from, fromOK := r.instant("from", r.d.From, zone)
	to, toOK := r.instant("to", r.d.To, zone)
	if !fromOK || !toOK {
		return
	}
	t.From, t.To = from, to
	moment := r.d.Kind == string(Adjust) && r.d.Repeat == ""
	switch span := to.Sub(from); {
	case span == 0 && r.kept && r.d.Repeat == "": // the clocks skip all of it
	case span < 0 || span == 0 && !moment:
		r.fault("to", fmt.Sprintf("to, %s, is not after from, %s", r.d.To, r.d.From), "write when the interval ends")
	case r.d.Repeat == "" && span > maxSpan:
		r.fault("to", "the interval is longer than 366 days", "write several corrections, or change the objective")
	case r.d.Repeat != "":
		r.repeat(t, zone)
	}
}

func (r *resolver) zone() (*time.Location, bool) {
	if r.d.Zone == "" {
		if r.d.Repeat != "" {
			r.fault("zone", "what repeats needs a zone", "write zone: Europe/Berlin, the zone whose clocks are meant")
			return nil, false
		}
		return nil, true
	}
	zone, err := schedule.Zone(r.d.Zone)
	if err != nil {
		r.fault("zone", err.Error(), "")
	}
	return zone, err == nil
}

// instant reads a time; its fault names the field.
func (r *resolver) instant(field, text string, zone *time.Location) (time.Time, bool) {
	at, err := r.parseTime(strings.TrimSpace(text), zone)
	var fault *Fault
	if errors.As(err, &fault) {
		fault.Field = field
		r.faults = append(r.faults, fault)
		return time.Time{}, false
	}
	if at.Year() < 2000 || at.Year() > 2199 {
		r.fault(field, fmt.Sprintf("the year of %q is not from 2000 to 2199", text), "correct the date")
		return time.Time{}, false
	}
	return at, true
}

// parseTime reads a time with an offset, or one of a zone's clock. Its error is
// a *Fault.
func (r *resolver) parseTime(text string, zone *time.Location) (time.Time, error) {
	const hint = "write a time such as 2026-11-20T22:00, 2026-11-20T22:00:00+01:00 or 2026-11-20"
	if text == "" {
		return time.Time{}, &Fault{Message: "the time is missing", Hint: hint}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04Z07:00"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.Truncate(time.Second), nil
		}
	}
	wall, ok := parseWall(text)
	switch {
	case !ok:
		return time.Time{}, &Fault{Message: fmt.Sprintf("%q is not a time", text), Hint: hint}
	case zone == nil:
		return time.Time{}, &Fault{Message: fmt.Sprintf("%q says no zone", text), Hint: "write zone: Europe/Berlin, or an offset as in 2026-11-20T22:00:00+01:00"}
	case r.kept:
		return clockEdge(wall, zone), nil
	}
	at, err := exactly(wall, zone)
	if err != nil {
		return time.Time{}, &Fault{Message: fmt.Sprintf("%s never comes in %s: the clocks skip it", text, zone), Hint: "write a time that the clocks show, or one with an offset"}
	}
	return at, nil
}

// parseWall reads what a clock shows, written as UTC.
func parseWall(text string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if wall, err := time.Parse(layout, text); err == nil {
			return wall.Truncate(time.Second), true
		}
	}
	return time.Time{}, false
}

func (r *resolver) repeat(t *Terms, zone *time.Location) {
	if t.Kind == Adjust {
		r.fault("repeat", "an adjustment does not repeat", "write one adjustment for each interval that was counted wrong")
		return
	}
	wall := shown(r.d.From, t.From, zone)
	length := shown(r.d.To, t.To, zone).Sub(wall)
	if length <= 0 || length > maxLength {
		r.fault("to", "what repeats lasts more than nothing and at most 31 days", "write to as the end of the first occurrence; how long it repeats is UNTIL or COUNT of the rule")
		return
	}
	if err := ruleFault(r.d.Repeat); err != nil && !r.kept {
		r.fault("repeat", fmt.Sprintf("rule %q: %v", r.d.Repeat, err), "write a rule of RFC 5545, such as FREQ=WEEKLY;BYDAY=SU or FREQ=MONTHLY;BYDAY=1TU")
		return
	}
	repeat, err := newRepeat(r.d.Repeat, wall, length, zone)
	var fault *Fault
	if errors.As(err, &fault) {
		r.faults = append(r.faults, fault)
		return
	}
	t.Repeat = repeat
}

// shown returns what the clock of a zone shows at a time, as it is written where
// it is written so: the clocks may have come to skip it.
func shown(text string, at time.Time, zone *time.Location) time.Time {
	if wall, ok := parseWall(strings.TrimSpace(text)); ok {
		return wall
	}
	return wallClock(at.In(zone))
}

// amount reads what an adjustment adds.
func (r *resolver) amount(t *Terms) {
	a := r.d.Adjust
	if t.Kind != Adjust {
		if a != nil {
			r.fault("adjust", "only the kind adjust has an amount", "write kind: adjust, or remove it")
		}
		if len(r.d.Group) > 0 {
			r.fault("group", "only the kind adjust is about one group", "an exclusion is about every group of its objectives: remove group")
		}
		return
	}
	t.Group = slo.NewGroup(r.d.Group)
	if s := &t.Objectives; len(s.IDs) != 1 || len(s.Services)+len(s.Namespaces)+len(s.Owners)+len(s.Labels) > 0 {
		r.fault("objectives", "an adjustment is about one objective", "select it by its id alone: ids: [service/objective]")
	}
	if a == nil || a.Bad == 0 && a.Total == 0 {
		r.fault("adjust", "the amount is missing", "write adjust: {bad: -120, total: 0}, the events to add, or to take away")
		return
	}
	t.Bad, t.Total = r.count("adjust.bad", a.Bad), r.count("adjust.total", a.Total)
}

// count reads a signed number of events in hundredths.
func (r *resolver) count(field string, events float64) budget.Count {
	if math.IsNaN(events) || math.Abs(events) > maxAmount {
		r.fault(field, "the number is out of bounds", "write at most a million million events")
		return 0
	}
	count := math.Round(events * 100)
	if math.Abs(count-events*100) > 1e-4 {
		r.fault(field, "an event has no more than hundredths", "round it to two decimals")
	}
	return budget.Count(count)
}
