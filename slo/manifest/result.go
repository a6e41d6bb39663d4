package manifest

import (
	"slices"

	"headroom/slo"
	"headroom/slo/diag"
)

// Document is one document of a file.
type Document struct {
	File               string
	Namespace, Service string // "" when the document is too broken to tell
	Place              slo.Place
	// Objectives are those in which nothing is wrong, in the order of the
	// document; they must not be used while the document is Broken.
	Objectives []*slo.Objective
	Broken     bool
	Text       []byte // the document's own text; not to be changed
	Line       int    // number of the text's first line in the file

	declared []declared
}

// declared is an id that a document claims, whatever else is wrong with it.
type declared struct {
	id    slo.ID
	place slo.Place
}

// File is one file that was found.
type File struct {
	Path   string
	Real   string // absolute and without symbolic links
	Broken bool   // unreadable, empty, or with a broken document
	// Opaque means that not every document's service is known: the file is
	// empty, or it or one of its documents could not be read.
	Opaque bool
}

// Result is what Load found.
type Result struct {
	Documents []Document
	Files     []File
	// Unread are the paths that could not be looked at; files may exist there
	// without being in Files.
	Unread []string
	// Missing are the paths given to Load that do not exist, and the
	// directories given to it that hold no spec file.
	Missing  []string
	Problems []diag.Problem

	objectives []*slo.Objective
}

// Objectives returns the objectives of the documents that are not broken,
// sorted by id. Of two with one id only the first is returned.
func (r Result) Objectives() []*slo.Objective { return slices.Clone(r.objectives) }

func sortObjectives(objectives []*slo.Objective) {
	slices.SortFunc(objectives, func(a, b *slo.Objective) int { return a.ID.Compare(b.ID) })
}
