package app

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"headroom/internal/atomicfile"
	"headroom/internal/config"
	"headroom/slo/diag"
	"headroom/slo/plans"
)

// planning keeps the alert plans current. Broken ones change nothing: the last
// good ones stay in force, also over a restart.
type planning struct {
	paths []string
	file  string // keeps the last good ones
	log   *slog.Logger

	set      *plans.Set
	problems []diag.Problem
	restored bool
	kept     string // hash of what is in the file
}

func newPlanning(c config.Config, log *slog.Logger) *planning {
	return &planning{paths: c.Plans, file: filepath.Join(c.DataDir, "plans.json"), log: log}
}

// refresh looks at the files once. What goes wrong becomes a problem that stays
// until a later refresh mends it.
func (p *planning) refresh() {
	p.problems = nil
	if len(p.paths) == 0 {
		return
	}
	if err := p.restore(); err != nil {
		p.problems = append(p.problems, problem(checkLastGood, err, "see to the data directory"))
	}
	set, problems := plans.Load(p.paths)
	p.problems = append(p.problems, problems...)
	if diag.HasErrors(problems) {
		if p.set != nil {
			p.problems = append(p.problems, diag.Problem{
				Check: "last-good-used", Severity: diag.Warning, File: p.paths[0], Line: 1, Column: 1, EndColumn: 1,
				Message: "the last good alert plans stay in force, since those in the files are broken",
				Hint:    "mend the other problems of these files",
			})
		}
		return
	}
	if set.Hash() != p.set.Hash() {
		p.log.Info("alert plans changed", "plans", set.Names())
	}
	p.set = set
	if err := p.keep(); err != nil {
		p.problems = append(p.problems, problem(checkLastGood, err, "the alert plans work, but a restart may not remember them: see to the data directory"))
	}
}

// restore reads the last good plans once.
func (p *planning) restore() error {
	if p.restored {
		return nil
	}
	data, err := os.ReadFile(p.file)
	if errors.Is(err, fs.ErrNotExist) {
		p.restored = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the last good alert plans: %w", err)
	}
	p.restored = true
	set, err := plans.Decode(data)
	if err != nil {
		return fmt.Errorf("read the last good alert plans: %s: %w", p.file, err)
	}
	p.set, p.kept = set, set.Hash()
	return nil
}

// keep writes the plans in force when they are not those in the file.
func (p *planning) keep() error {
	if p.set.Hash() == p.kept {
		return nil
	}
	data, err := p.set.MarshalJSON()
	if err == nil {
		_, err = atomicfile.Write(p.file, func(w io.Writer) error {
			_, err := w.Write(data)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("write the last good alert plans: %w", err)
	}
	p.kept = p.set.Hash()
	return nil
}
