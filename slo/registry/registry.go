// Package registry keeps the last good version of every spec while files come,
// break and go: a broken document takes no objective away, and a directory
// that vanished is not taken for the wish to remove everything.
package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"headroom/slo"
	"headroom/slo/diag"
	"headroom/slo/manifest"
)

// AllNamespaces in Source.Namespaces allows every namespace.
const AllNamespaces = "*"

// Source is a file or directory of specs.
type Source struct {
	Path string
	// Namespaces are those that its specs may declare; none, or AllNamespaces
	// among them, allows every one.
	Namespaces []string
}

// Options are the registry's choices and dependencies.
type Options struct {
	// AllowEmpty lets a source that does not exist any more, or has no spec
	// file left, remove the objectives that it had.
	AllowEmpty bool
	// MaxFileSize is as in manifest.Options.
	MaxFileSize int64
	// Specs returns what specs are read with at present: of its choices those
	// that are not about files are used. Nil is the zero value.
	Specs func() manifest.Options
	// Now tells the time; time.Now when nil.
	Now func() time.Time
}

// Snapshot is what is in force.
type Snapshot struct {
	Objectives []*slo.Objective // sorted by id
	Problems   []diag.Problem   // sorted by file and line
	// Version changes whenever an objective comes, goes or changes; it is "" as
	// long as nothing was ever loaded.
	Version string
}

// Registry is safe for concurrent use.
type Registry struct {
	store Store
	o     Options

	mu       sync.Mutex
	restored bool // the store's versions are in good
	saved    bool // the store has what is in good
	sources  []Source
	caches   []*manifest.Cache
	specs    manifest.Options
	seen     []state
	good     []goodDocument
	last     Snapshot
}

// state is what a source looked like apart from its sound documents.
type state struct {
	unread, missing []string
	problems        []diag.Problem
}

func (s state) equal(other state) bool {
	return slices.Equal(s.unread, other.unread) && slices.Equal(s.missing, other.missing) && slices.Equal(s.problems, other.problems)
}

// New makes a registry that keeps its good versions in a store.
func New(store Store, o Options) *Registry {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Registry{store: store, o: o}
}

// Update looks at the sources and returns what is in force now. Files that did
// not change are not read again, so it may be called every few seconds.
//
// An error means that the store could not be read or written, or that ctx
// ended. The snapshot is usable all the same: a store that could not be read
// is asked again at the next Update and not written before; when ctx ended the
// snapshot is that of the last Update.
func (r *Registry) Update(ctx context.Context, sources []Source) (Snapshot, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.follow()
	restoreErr := r.restore(ctx)
	if !slices.EqualFunc(r.sources, sources, Source.equal) {
		r.sources = slices.Clone(sources)
		r.caches, r.seen = nil, nil
	}
	found, changed := r.look(ctx)
	if err := ctx.Err(); err != nil {
		return r.last, fmt.Errorf("look for specs: %w", err)
	}
	if changed || r.last.Version == "" {
		r.take(found)
	}
	return r.last, errors.Join(restoreErr, r.save(ctx))
}

func (s Source) equal(other Source) bool {
	return s.Path == other.Path && slices.Equal(s.Namespaces, other.Namespaces)
}

func (s Source) allows(namespace string) bool {
	return len(s.Namespaces) == 0 || slices.Contains(s.Namespaces, AllNamespaces) || slices.Contains(s.Namespaces, namespace)
}

// look loads every source and reports whether anything differs from the last
// time.
func (r *Registry) look(ctx context.Context) (found []manifest.Result, changed bool) {
	if r.caches == nil {
		for range r.sources {
			r.caches = append(r.caches, manifest.NewCache(r.o.Now))
		}
		r.seen = make([]state, len(r.sources))
		changed = true
	}
	for i, source := range r.sources {
		options := r.specs
		options.MaxFileSize, options.Cache, options.Unresolved = r.o.MaxFileSize, r.caches[i], true
		options.Confined = true
		result := manifest.Load(ctx, []string{source.Path}, options)
		seen := state{result.Unread, result.Missing, result.Problems}
		changed = changed || r.caches[i].Changed() || !seen.equal(r.seen[i])
		r.seen[i] = seen
		found = append(found, result)
	}
	return found, changed
}

// take makes what was found, and what is kept of earlier, the new snapshot.
func (r *Registry) take(found []manifest.Result) {
	m := merge{registry: r, files: map[string]bool{}}
	for i, source := range r.sources {
		m.source(source, found[i])
	}
	m.keepUnseen(found)
	slices.SortStableFunc(m.documents, goodDocument.compare)
	documents := make([]manifest.Document, len(m.documents))
	for i := range m.documents {
		documents[i] = m.documents[i].Document
	}
	objectives, problems := manifest.Resolve(documents, r.incumbents())
	problems = append(problems, m.problems...)
	diag.Sort(problems)
	holders := make(map[slo.ID]string, len(objectives))
	for _, o := range objectives {
		holders[o.ID] = o.Place.File
	}
	for i := range m.documents {
		m.documents[i].setRefused(holders)
	}
	r.saved = r.saved && slices.EqualFunc(r.good, m.documents, goodDocument.equal)
	r.good = m.documents
	r.last = Snapshot{Objectives: objectives, Problems: problems, Version: version(objectives)}
}

// incumbents tells which file holds each id so far.
func (r *Registry) incumbents() map[slo.ID]string {
	files := map[slo.ID]string{}
	for i := range r.good {
		for _, o := range r.good[i].Objectives {
			if !slices.Contains(r.good[i].refused, o.ID.Objective) {
				files[o.ID] = r.good[i].File
			}
		}
	}
	return files
}

func version(objectives []*slo.Objective) string {
	hash := sha256.New()
	for _, o := range objectives {
		_, _ = fmt.Fprintln(hash, o.ID, o.SpecHash(), o.Formerly)
	}
	return hex.EncodeToString(hash.Sum(nil)[:8])
}
