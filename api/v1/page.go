package v1

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"headroom/slo"
)

// MaxLimit is the most elements that one page of an answer has.
const MaxLimit = 1000

// Page asks for a part of a list. Its zero value asks for all of it.
type Page struct {
	Limit  int    // 1 to MaxLimit; 0: no bound where the list allows it
	Cursor string // where the page before ended, as its answer said; "" for the first
}

// TakePage takes the parameters limit and cursor out of a query. A limit out of
// bounds is an error.
func TakePage(query url.Values) (Page, error) {
	var p Page
	for name, set := range map[string]func(string) error{
		"limit": p.setLimit, "cursor": func(v string) error { p.Cursor = v; return nil },
	} {
		values, found := query[name]
		if !found {
			continue
		}
		if len(values) > 1 {
			return Page{}, fmt.Errorf("parameter %q is given %d times: give it once", name, len(values))
		}
		if err := set(values[0]); err != nil {
			return Page{}, err
		}
		query.Del(name)
	}
	return p, nil
}

func (p *Page) setLimit(value string) (err error) {
	if p.Limit, err = strconv.Atoi(value); err != nil || p.Limit < 1 || p.Limit > MaxLimit {
		return fmt.Errorf("parameter limit: %q is not a number from 1 to %d", value, MaxLimit)
	}
	return nil
}

// Add writes the page into a query as TakePage reads it.
func (p Page) Add(query url.Values) {
	if p.Limit > 0 {
		query.Set("limit", strconv.Itoa(p.Limit))
	}
	if p.Cursor != "" {
		query.Set("cursor", p.Cursor)
	}
}

// NewCursor makes a cursor of what tells elements apart in their order. It is
// opaque to clients.
func NewCursor(parts ...string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join(parts, "\x00")))
}

// Parts returns what the cursor was made of, nil for the first page.
func (p Page) Parts(n int) ([]string, error) {
	if p.Cursor == "" {
		return nil, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	parts := strings.Split(string(text), "\x00")
	if err != nil || len(parts) != n {
		return nil, fmt.Errorf("parameter cursor: %q is not one that an answer gave", p.Cursor)
	}
	return parts, nil
}

// CursorOf is where a page of statuses that ends with s ended.
func CursorOf(s SLO) string { return NewCursor(s.ID.String(), s.Group.String()) }

// After returns the index of the first of sorted statuses on the page: that
// after the one its cursor was made of, whether that one is still there or not.
func (p Page) After(sorted []SLO) (int, error) {
	parts, err := p.Parts(2)
	if err != nil || parts == nil {
		return 0, err
	}
	id, err := slo.ParseID(parts[0])
	if err != nil {
		return 0, fmt.Errorf("parameter cursor: %w", err)
	}
	i, found := slices.BinarySearchFunc(sorted, parts[1], func(s SLO, group string) int {
		if c := s.ID.Compare(id); c != 0 {
			return c
		}
		return strings.Compare(s.Group.String(), group)
	})
	if found {
		i++
	}
	return i, nil
}
