package policy

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"headroom/slo/diag"
)

// Good is the last good version of one document.
type Good struct {
	File string
	Line int // number of the text's first line in the file
	Name string
	Text []byte
}

// Store keeps good versions over restarts.
type Store interface {
	// LoadGoodPolicies returns what SaveGoodPolicies saved last, in any order.
	LoadGoodPolicies(ctx context.Context) ([]Good, error)
	// SaveGoodPolicies replaces everything that was saved before, all or
	// nothing.
	SaveGoodPolicies(ctx context.Context, good []Good) error
}

// Options are the registry's choices.
type Options struct {
	// AllowEmpty lets a path that does not exist any more, or has no policy
	// file left, remove the policies that it had.
	AllowEmpty bool
}

// Snapshot is what is in force.
type Snapshot struct {
	Policies []Policy       // sorted by name
	Problems []diag.Problem // sorted by file and line
}

// Registry keeps the policies in force: a document that breaks keeps its last
// good version, also over a restart, so that a mistake lifts no freeze. It is
// safe for concurrent use.
type Registry struct {
	store Store // nil: nothing outlives the process
	o     Options

	mu       sync.Mutex
	restored bool
	saved    bool
	good     []Document // in force, sorted by file and line
}

// NewRegistry makes a registry that keeps its good versions in a store.
func NewRegistry(store Store, o Options) *Registry { return &Registry{store: store, o: o} }

// Update looks at the paths and returns what is in force now.
//
// An error means that the store could not be read or written, or that ctx
// ended. The snapshot is usable all the same; a store that could not be read
// is asked again at the next Update, and not written before.
func (r *Registry) Update(ctx context.Context, paths []string) (Snapshot, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.restore(ctx); err != nil {
		s := r.take(ctx, paths)
		return s, err
	}
	s := r.take(ctx, paths)
	return s, r.save(ctx)
}

func (r *Registry) restore(ctx context.Context) error {
	if r.restored || r.store == nil {
		return nil
	}
	stored, err := r.store.LoadGoodPolicies(ctx)
	if err != nil {
		return fmt.Errorf("read the last good policies: %w", err)
	}
	for _, g := range stored {
		if slices.ContainsFunc(r.good, func(d Document) bool { return d.Name == g.Name }) {
			continue // an Update without the store has found it already
		}
		// Empty lines put the text on the line where it stood.
		documents, _ := Parse(g.File, append(bytes.Repeat([]byte("\n"), max(g.Line-1, 0)), g.Text...))
		for _, d := range documents {
			if !d.Broken {
				r.good = append(r.good, d)
			}
		}
	}
	r.restored = true
	return nil
}

func (r *Registry) save(ctx context.Context) error {
	if r.saved || r.store == nil {
		return nil
	}
	good := make([]Good, len(r.good))
	for i, d := range r.good {
		good[i] = Good{File: d.File, Line: d.Line, Name: d.Name, Text: d.Text}
	}
	if err := r.store.SaveGoodPolicies(ctx, good); err != nil {
		return fmt.Errorf("write the last good policies: %w", err)
	}
	r.saved = true
	return nil
}

// take makes what is found, and what is kept of earlier, the new snapshot.
func (r *Registry) take(ctx context.Context, paths []string) Snapshot {
	f := look(ctx, paths)
	if ctx.Err() != nil {
		return snapshot(r.good, nil)
	}
	m := merge{found: f, before: r.good, paths: paths, allowEmpty: r.o.AllowEmpty, problems: f.problems}
	good := m.run()
	r.saved = r.saved && slices.EqualFunc(r.good, good, same)
	r.good = good
	return snapshot(good, m.problems)
}

func snapshot(good []Document, problems []diag.Problem) Snapshot {
	s := Snapshot{Problems: problems}
	for _, d := range good {
		s.Policies = append(s.Policies, d.Policy)
	}
	slices.SortFunc(s.Policies, func(a, b Policy) int { return strings.Compare(a.Name, b.Name) })
	diag.Sort(s.Problems)
	return s
}

// same reports whether the store would keep the same for both.
func same(a, b Document) bool {
	return compare(a, b) == 0 && a.Name == b.Name && bytes.Equal(a.Text, b.Text)
}

func compare(a, b Document) int {
	return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
}
