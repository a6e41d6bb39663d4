package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"headroom/internal/atomicfile"
	"headroom/internal/config"
	"headroom/slo/catalog"
	"headroom/slo/diag"
	"headroom/slo/manifest"
)

// templates keeps the organisation's templates current. Broken ones change
// nothing: the last good ones stay in force, also over a restart.
type templates struct {
	paths []string
	file  string // keeps the last good ones
	log   *slog.Logger

	known    *catalog.Catalog // nil: headroom's own
	problems []diag.Problem

	seen     []catalog.File // that were read last
	found    []diag.Problem // in them
	restored bool
	kept     []catalog.File // that the file keeps
}

func newTemplates(c config.Config, log *slog.Logger) *templates {
	return &templates{paths: c.Templates, file: filepath.Join(c.DataDir, "templates.json"), log: log}
}

// refresh looks at the files once. What goes wrong becomes a problem that stays
// until a later refresh mends it.
func (t *templates) refresh() {
	t.problems = nil
	if len(t.paths) == 0 {
		return
	}
	if err := t.restore(); err != nil {
		t.problems = append(t.problems, problem(checkLastGood, err, "see to the data directory"))
	}
	files, unread := catalog.Files(t.paths...)
	t.problems = append(t.problems, unread...)
	if t.seen == nil || !slices.Equal(files, t.seen) {
		t.read(files, diag.HasErrors(unread))
	}
	t.problems = append(t.problems, t.found...)
	if broken := diag.HasErrors(unread) || diag.HasErrors(t.found); broken {
		if t.kept != nil {
			t.problems = append(t.problems, diag.Problem{
				Check: "last-good-used", Severity: diag.Warning, File: t.paths[0], Line: 1, Column: 1, EndColumn: 1,
				Message: "the last good templates stay in force, since those in the files are broken",
				Hint:    "mend the other problems of these files",
			})
		}
		return
	}
	if err := t.keep(files); err != nil {
		t.problems = append(t.problems, problem(checkLastGood, err, "the templates work, but a restart may not remember them: see to the data directory"))
	}
}

// read takes over templates that are sound. Where there are no earlier ones,
// those that are sound among broken ones are better than none.
func (t *templates) read(files []catalog.File, incomplete bool) {
	known, problems := catalog.Read(manifest.DecodeIndicator, files...)
	t.seen, t.found = files, problems
	if t.kept != nil && (incomplete || diag.HasErrors(problems)) {
		t.seen = nil // so that they are read when the rest is there again
		return
	}
	if t.known == nil || known.Hash() != t.known.Hash() {
		t.log.Info("templates", "count", len(known.All()), "files", len(files))
	}
	t.known = known
}

// restore reads the last good templates once.
func (t *templates) restore() error {
	if t.restored {
		return nil
	}
	data, err := os.ReadFile(t.file)
	if errors.Is(err, fs.ErrNotExist) {
		t.restored = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the last good templates: %w", err)
	}
	t.restored = true
	var files []catalog.File
	if err := json.Unmarshal(data, &files); err != nil {
		return fmt.Errorf("read the last good templates: %s: %w", t.file, err)
	}
	if known, problems := catalog.Read(manifest.DecodeIndicator, files...); !diag.HasErrors(problems) {
		t.known, t.kept = known, files
	}
	return nil
}

// keep writes the templates in force when they are not those in the file.
func (t *templates) keep(files []catalog.File) error {
	if t.kept != nil && slices.Equal(files, t.kept) {
		return nil
	}
	data, err := json.Marshal(files)
	if err == nil {
		_, err = atomicfile.Write(t.file, func(w io.Writer) error {
			_, err := w.Write(data)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("write the last good templates: %w", err)
	}
	t.kept = files
	return nil
}
