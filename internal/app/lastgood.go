package app

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"

	"headroom/internal/atomicfile"
	"headroom/slo/diag"
)

// documents is a set of the organisation's documents; its zero value is the
// empty set.
type documents interface {
	comparable
	Hash() string
}

// source says how a set is read, and kept in a file.
type source[S documents] struct {
	load   func(paths []string) (S, []diag.Problem)
	encode func(S) ([]byte, error)
	decode func([]byte) (S, error)
}

// lastGood keeps a set of documents current. Broken ones change nothing: the
// last good ones stay in force, also over a restart.
type lastGood[S documents] struct {
	source[S]

	paths []string
	file  keptFile
	log   *slog.Logger

	set      S
	problems []diag.Problem
}

// refresh looks at the files once. What goes wrong becomes a problem that stays
// until a later refresh mends it.
func (l *lastGood[S]) refresh() {
	l.problems = nil
	if len(l.paths) == 0 {
		return
	}
	if err := l.file.restore(l.restored); err != nil {
		l.problems = append(l.problems, problem(checkLastGood, err, "see to the data directory"))
	}
	set, problems := l.load(l.paths)
	l.problems = append(l.problems, problems...)
	if diag.HasErrors(problems) {
		var none S
		if l.set != none {
			l.problems = append(l.problems, l.file.inForce(l.paths[0]))
		}
		return
	}
	if set.Hash() != l.set.Hash() {
		l.log.Info(l.file.what+" changed", "hash", set.Hash())
	}
	l.set = set
	data, err := l.encode(set)
	if err == nil {
		err = l.file.keep(data)
	}
	if err != nil {
		l.problems = append(l.problems, l.file.forgetful(err))
	}
}

func (l *lastGood[S]) restored(data []byte) error {
	set, err := l.decode(data)
	if err == nil {
		l.set = set
	}
	return err
}

// keptFile is a file that keeps the last good documents over a restart.
type keptFile struct {
	what string // such as "alert plans"
	path string

	read bool
	kept []byte // what the file holds
}

// restore hands what the file holds to take, once. A file that cannot be read
// is tried again.
func (f *keptFile) restore(take func([]byte) error) error {
	if f.read {
		return nil
	}
	data, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		f.read = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the last good %s: %w", f.what, err)
	}
	f.read = true
	if err := take(data); err != nil {
		return fmt.Errorf("read the last good %s: %s: %w", f.what, f.path, err)
	}
	f.kept = data
	return nil
}

// keep writes what is in force when the file does not hold it.
func (f *keptFile) keep(data []byte) error {
	if f.kept != nil && bytes.Equal(data, f.kept) {
		return nil
	}
	_, err := atomicfile.Write(f.path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
	if err != nil {
		return fmt.Errorf("write the last good %s: %w", f.what, err)
	}
	f.kept = data
	return nil
}

// inForce says that earlier documents are used instead of those at a path.
func (f *keptFile) inForce(path string) diag.Problem {
	return diag.Problem{
		Check: "last-good-used", Severity: diag.Warning, File: path, Line: 1, Column: 1, EndColumn: 1,
		Message: fmt.Sprintf("the last good %s stay in force, since those in the files are broken", f.what),
		Hint:    "mend the other problems of these files",
	}
}

// forgetful says that a restart may not know what is in force.
func (f *keptFile) forgetful(err error) diag.Problem {
	return problem(checkLastGood, err, fmt.Sprintf("the %s work, but a restart may not remember them: see to the data directory", f.what))
}
