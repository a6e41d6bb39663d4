// Package silence keeps an Alertmanager's silences in line with corrections that
// were declared ahead: each is made once, made anew when it changes, and removed
// when it is no longer wanted. What was done is kept, so that neither a restart
// nor a broken-off request makes a silence twice or forgets one.
package silence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"headroom/budget/correction"
	"headroom/slo"
)

// Creator is in whose name headroom makes silences.
const Creator = "headroom"

// Ahead is how long before an interval begins its silence is made.
const Ahead = 7 * 24 * time.Hour

// atOnce bounds the intervals of one correction that are silenced at a time.
const atOnce = 10

// perSilence bounds the objectives of one silence, and so the length of its
// regular expression.
const perSilence = 200

// Silence is one that an Alertmanager is told.
type Silence struct {
	Mark     string // unique among those of one Alertmanager, and part of Comment
	Pattern  string // of the label slo: one id, or alternatives when Regex
	Regex    bool
	From, To time.Time
	Comment  string
}

// content is a hash of what the silence says.
func (s *Silence) content() string {
	text, err := json.Marshal(s)
	if err != nil {
		panic("silence: marshal of plain values: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// State says how a silence stands at an Alertmanager.
type State string

// The states.
const (
	Pending State = "pending"
	Active  State = "active"
	Expired State = "expired"
)

// Found is a silence as an Alertmanager has it.
type Found struct {
	ID      string
	Comment string
	State   State
}

// Alertmanager is where silences are made.
type Alertmanager interface {
	// Name tells it apart from others: its URL without a password.
	Name() string
	// Silences returns those that Creator has made, expired ones included as
	// long as the Alertmanager remembers them.
	Silences(ctx context.Context) ([]Found, error)
	// Create makes a silence and returns its id.
	Create(ctx context.Context, s Silence) (id string, err error)
	// Expire ends a silence. That there is none of the id is no error.
	Expire(ctx context.Context, id string) error
}

// Record is what is kept about a silence.
type Record struct {
	Mark    string
	ID      string // the Alertmanager's; "" when it is not known whether it was made
	Content string // hash of what it was made of
	Comment string
	Ends    time.Time
}

// Store keeps records durable.
type Store interface {
	Silences(ctx context.Context, alertmanager string) ([]Record, error)
	SaveSilence(ctx context.Context, alertmanager string, r Record) error
	ForgetSilence(ctx context.Context, alertmanager, mark string) error
}

// Wanted returns the silences that corrections ask for at a time: of those in
// force that exclude, each interval that is not over and begins within Ahead, the
// first ten of each correction.
// NeedsTwo says of which objectives a second person must approve them now: what
// nobody has approved, since the objective was another one when it was declared,
// silences nothing there.
func Wanted(list []correction.Correction, objectives []*slo.Objective, needsTwo func(*slo.Objective) bool, now time.Time) []Silence {
	var wanted []Silence
	for i := range list {
		c := &list[i]
		if c.State() != correction.InForce || c.Terms.Kind != correction.Exclude {
			continue
		}
		intervals := c.Terms.Intervals(now, now.Add(Ahead))
		intervals = intervals[:min(len(intervals), atOnce)] // the others follow when these are over
		if len(intervals) == 0 {
			continue
		}
		var ids []string
		for _, o := range objectives {
			if c.Terms.Objectives.Matches(o) && (c.ApprovedBy != "" || !needsTwo(o)) {
				ids = append(ids, o.ID.String())
			}
		}
		for _, interval := range intervals {
			wanted = append(wanted, silences(c, ids, interval)...)
		}
	}
	return wanted
}

func silences(c *correction.Correction, ids []string, at correction.Interval) (list []Silence) {
	part := 0
	for some := range slices.Chunk(ids, perSilence) {
		part++
		mark := fmt.Sprintf("headroom correction %s from %s, part %d", c.ID, at.From.UTC().Format(time.RFC3339), part)
		s := Silence{
			Mark: mark, From: at.From, To: at.To, Pattern: some[0],
			Comment: fmt.Sprintf("%s: %s (%s, declared by %s)", mark, c.Terms.Reason, c.Terms.Category, c.Author),
		}
		if len(some) > 1 {
			quoted := make([]string, len(some))
			for i, id := range some {
				quoted[i] = regexp.QuoteMeta(id)
			}
			s.Regex, s.Pattern = true, strings.Join(quoted, "|")
		}
		list = append(list, s)
	}
	return list
}

// Keep brings one Alertmanager in line with what is wanted. It goes on after an
// error with one silence, and returns all errors.
func Keep(ctx context.Context, at Alertmanager, store Store, wanted []Silence, now time.Time) error {
	records, err := store.Silences(ctx, at.Name())
	if err != nil {
		return fmt.Errorf("read the silences of %s: %w", at.Name(), err)
	}
	if len(wanted) == 0 && len(records) == 0 {
		return nil
	}
	found, err := at.Silences(ctx)
	if err != nil {
		return fmt.Errorf("list the silences of %s: %w", at.Name(), err)
	}
	k := keeping{at: at, store: store, found: found, now: now}
	var errs []error
	for _, r := range records {
		if !slices.ContainsFunc(wanted, func(s Silence) bool { return s.Mark == r.Mark && s.content() == r.Content }) {
			errs = append(errs, k.remove(ctx, r))
		}
	}
	for _, s := range wanted {
		i := slices.IndexFunc(records, func(r Record) bool { return r.Mark == s.Mark && r.Content == s.content() })
		if i < 0 {
			errs = append(errs, k.make(ctx, s))
			continue
		}
		errs = append(errs, k.see(ctx, s, records[i]))
	}
	return errors.Join(errs...)
}

type keeping struct {
	at    Alertmanager
	store Store
	found []Found
	now   time.Time
}

// of finds the silence of a record; one whose making was broken off is known by
// its comment.
func (k *keeping) of(r Record) (Found, bool) {
	i := slices.IndexFunc(k.found, func(f Found) bool {
		return r.ID != "" && f.ID == r.ID || r.ID == "" && f.Comment == r.Comment && f.State != Expired
	})
	if i < 0 {
		return Found{}, false
	}
	return k.found[i], true
}

// make writes down what it is about to do, so that it is found again when the
// answer is lost.
func (k *keeping) make(ctx context.Context, s Silence) error {
	r := Record{Mark: s.Mark, Content: s.content(), Comment: s.Comment, Ends: s.To}
	if err := k.store.SaveSilence(ctx, k.at.Name(), r); err != nil {
		return fmt.Errorf("keep a silence of %s: %w", k.at.Name(), err)
	}
	return k.create(ctx, s, r)
}

func (k *keeping) create(ctx context.Context, s Silence, r Record) (err error) {
	if r.ID, err = k.at.Create(ctx, s); err != nil {
		return fmt.Errorf("make a silence at %s for %s: %w", k.at.Name(), s.Mark, err)
	}
	if err := k.store.SaveSilence(ctx, k.at.Name(), r); err != nil {
		return fmt.Errorf("keep a silence of %s: %w", k.at.Name(), err)
	}
	return nil
}

// see makes sure that a silence is there. One that a person has ended stays
// ended; one that the Alertmanager has lost is made again.
func (k *keeping) see(ctx context.Context, s Silence, r Record) error {
	found, is := k.of(r)
	switch {
	case !is:
		r.ID = ""
		return k.create(ctx, s, r)
	case r.ID == "":
		r.ID = found.ID
		if err := k.store.SaveSilence(ctx, k.at.Name(), r); err != nil {
			return fmt.Errorf("keep a silence of %s: %w", k.at.Name(), err)
		}
	}
	return nil
}

// remove ends a silence that is no longer wanted, and forgets it.
func (k *keeping) remove(ctx context.Context, r Record) error {
	if found, is := k.of(r); is && found.State != Expired && r.Ends.After(k.now) {
		if err := k.at.Expire(ctx, found.ID); err != nil {
			return fmt.Errorf("remove a silence of %s for %s: %w", k.at.Name(), r.Mark, err)
		}
	}
	if err := k.store.ForgetSilence(ctx, k.at.Name(), r.Mark); err != nil {
		return fmt.Errorf("forget a silence of %s: %w", k.at.Name(), err)
	}
	return nil
}
