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

	"headroom/internal/atomicfile"
	"headroom/internal/config"
	"headroom/slo/defaults"
	"headroom/slo/diag"
)

// organisation keeps the organisation's defaults current. Broken ones change
// nothing: the last good ones stay in force, also over a restart.
type organisation struct {
	paths []string
	file  string // keeps the last good ones
	log   *slog.Logger

	set      *defaults.Set
	problems []diag.Problem
	restored bool
	kept     string // hash of what is in the file
}

func newOrganisation(c config.Config, log *slog.Logger) *organisation {
	return &organisation{paths: c.Defaults, file: filepath.Join(c.DataDir, "defaults.json"), log: log}
}

// refresh looks at the files once. What goes wrong becomes a problem that stays
// until a later refresh mends it.
func (o *organisation) refresh() {
	o.problems = nil
	if len(o.paths) == 0 {
		return
	}
	if err := o.restore(); err != nil {
		o.problems = append(o.problems, problem(checkLastGood, err, "see to the data directory"))
	}
	set, problems := defaults.Load(o.paths)
	o.problems = append(o.problems, problems...)
	if diag.HasErrors(problems) {
		if o.set != nil {
			o.problems = append(o.problems, diag.Problem{
				Check: "last-good-used", Severity: diag.Warning, File: o.paths[0], Line: 1, Column: 1, EndColumn: 1,
				Message: "the last good defaults stay in force, since those in the files are broken",
				Hint:    "mend the other problems of these files",
			})
		}
		return
	}
	if set.Hash() != o.set.Hash() {
		o.log.Info("defaults changed", "files", len(set.Files()))
	}
	o.set = set
	if err := o.keep(); err != nil {
		o.problems = append(o.problems, problem(checkLastGood, err, "the defaults work, but a restart may not remember them: see to the data directory"))
	}
}

// restore reads the last good defaults once.
func (o *organisation) restore() error {
	if o.restored {
		return nil
	}
	data, err := os.ReadFile(o.file)
	if errors.Is(err, fs.ErrNotExist) {
		o.restored = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the last good defaults: %w", err)
	}
	o.restored = true
	var files []defaults.File
	if err := json.Unmarshal(data, &files); err != nil {
		return fmt.Errorf("read the last good defaults: %s: %w", o.file, err)
	}
	if set, problems := defaults.Read(files); !diag.HasErrors(problems) {
		o.set, o.kept = set, set.Hash()
	}
	return nil
}

// keep writes the defaults in force when they are not those in the file.
func (o *organisation) keep() error {
	if o.set.Hash() == o.kept {
		return nil
	}
	data, err := json.Marshal(o.set.Files())
	if err == nil {
		_, err = atomicfile.Write(o.file, func(w io.Writer) error {
			_, err := w.Write(data)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("write the last good defaults: %w", err)
	}
	o.kept = o.set.Hash()
	return nil
}
