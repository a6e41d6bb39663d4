package rules

import (
	"fmt"
	"io"
	"iter"

	"headroom/internal/atomicfile"
)

// WriteFile renders groups into a file as Write does, at once or not at all: a
// reader sees the old file or the new one, also after a crash. A file that has
// the same content already is not touched, and changed is false.
func WriteFile(path string, groups iter.Seq[Group]) (changed bool, err error) {
	changed, err = atomicfile.Write(path, func(w io.Writer) error { return Write(w, groups) })
	if err != nil {
		return false, fmt.Errorf("write rules to %s: %w", path, err)
	}
	return changed, nil
}
