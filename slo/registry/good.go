package registry

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"headroom/slo"
	"headroom/slo/manifest"
)

// Good is the last good version of one document.
type Good struct {
	File               string
	Line               int // number of the text's first line in the file
	Namespace, Service string
	Text               []byte
	// Refused are the names of objectives in it whose id another document held
	// first.
	Refused []string
}

// Store keeps good versions over restarts.
type Store interface {
	// LoadGood returns what SaveGood saved last, in any order.
	LoadGood(ctx context.Context) ([]Good, error)
	// SaveGood replaces everything that was saved before, all or nothing.
	SaveGood(ctx context.Context, good []Good) error
}

// goodDocument is a document that is in force.
type goodDocument struct {
	manifest.Document
	refused []string
}

func (g goodDocument) service() string { return g.Namespace + "/" + g.Service }

func (g goodDocument) compare(other goodDocument) int {
	return cmp.Or(strings.Compare(g.File, other.File), cmp.Compare(g.Line, other.Line))
}

// equal reports whether the store would keep the same for both.
func (g goodDocument) equal(other goodDocument) bool {
	return g.compare(other) == 0 && g.service() == other.service() && bytes.Equal(g.Text, other.Text) && slices.Equal(g.refused, other.refused)
}

func (g *goodDocument) setRefused(holders map[slo.ID]string) {
	g.refused = nil
	for _, o := range g.Objectives {
		if holders[o.ID] != g.File {
			g.refused = append(g.refused, o.ID.Objective)
		}
	}
}

// restore reads the store's versions once.
func (r *Registry) restore(ctx context.Context) error {
	if r.restored {
		return nil
	}
	stored, err := r.store.LoadGood(ctx)
	if err != nil {
		return fmt.Errorf("read the last good specs: %w", err)
	}
	for _, g := range stored {
		if slices.ContainsFunc(r.good, func(known goodDocument) bool { return known.File == g.File && known.Line == g.Line }) {
			continue // an Update without the store has found it already
		}
		if d, sound := r.reread(g.File, g.Line, g.Text); sound {
			r.good = append(r.good, goodDocument{Document: d, refused: g.Refused})
		}
	}
	r.restored = true
	r.caches = nil // look at everything again
	return nil
}

// reread resolves the text of a good document with the present options. What
// the organisation asks of specs does not break it: it was good when it came.
func (r *Registry) reread(file string, line int, text []byte) (d manifest.Document, sound bool) {
	options := r.specs
	options.Defaults = options.Defaults.Relaxed()
	// Empty lines put the text on the line where it stood.
	documents, _ := options.Parse(file, append(bytes.Repeat([]byte("\n"), max(line-1, 0)), text...))
	if len(documents) != 1 || documents[0].Broken {
		return manifest.Document{}, false
	}
	d = documents[0]
	d.Line, d.Text = line, text
	return d, true
}

// follow takes over the options that specs are read with, and resolves what is
// in force again when they changed. A document that they break stays as it was.
func (r *Registry) follow() {
	if r.o.Specs == nil {
		return
	}
	before := r.specs.Key()
	if r.specs = r.o.Specs(); r.specs.Key() == before {
		return
	}
	for i, g := range r.good {
		if d, sound := r.reread(g.File, g.Line, g.Text); sound {
			r.good[i].Document = d
		}
	}
}

// save writes the good versions when they are not those in the store.
func (r *Registry) save(ctx context.Context) error {
	if r.saved || !r.restored {
		return nil
	}
	good := make([]Good, len(r.good))
	for i, g := range r.good {
		good[i] = Good{File: g.File, Line: g.Line, Namespace: g.Namespace, Service: g.Service, Text: g.Text, Refused: g.refused}
	}
	if err := r.store.SaveGood(ctx, good); err != nil {
		return fmt.Errorf("write the last good specs: %w", err)
	}
	r.saved = true
	return nil
}
