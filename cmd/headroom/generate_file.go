package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"headroom/internal/atomicfile"
	"headroom/rules/outputs"
	"headroom/slo"
	"headroom/slo/manifest"
)

// newDestination finds out what --output means. It refuses to replace one of
// the specs that were read, and, unless it is forced to, a file of somebody else.
func newDestination(output string, force bool, format outputs.Format, specs []manifest.File, stdout io.Writer) (destination, error) {
	if output == toStdout {
		return stream{stdout}, nil
	}
	if output == "" {
		return nil, usagef("--output is empty: name a file or a directory, or - for standard output")
	}
	info, err := os.Stat(output)
	switch {
	case err == nil && info.IsDir(), strings.HasSuffix(output, string(filepath.Separator)):
		return directory{path: output, format: format}, nil
	case errors.Is(err, fs.ErrNotExist):
		return file(output), nil
	case err != nil:
		return nil, fmt.Errorf("write rules: %w", err)
	case !info.Mode().IsRegular():
		return file(output), nil // which says why it cannot be replaced
	}
	for _, spec := range specs {
		if other, err := os.Stat(spec.Path); err == nil && os.SameFile(info, other) {
			return nil, fmt.Errorf("write rules to %s: it is one of the spec files; name another --output", output)
		}
	}
	if !force {
		if err := checkReplaced(output, rulesHeader); err != nil {
			return nil, fmt.Errorf("write rules to %s: %w; name another --output, or replace the file with --force", output, err)
		}
	}
	return file(output), nil
}

// checkReplaced refuses a file that is there, is not empty and does not begin with
// a line of headroom's.
func checkReplaced(path, header string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	start, err := io.ReadAll(io.LimitReader(f, int64(len(header))))
	if err != nil {
		return err
	}
	if len(start) > 0 && string(start) != header {
		return atomicfile.ErrForeign
	}
	return nil
}

// stream is standard output.
type stream struct{ w io.Writer }

func (s stream) write(out *outputs.Output, objectives []*slo.Objective, _ io.Writer) error {
	if err := out.Check(objectives); err != nil {
		return err
	}
	return out.Write(s.w, objectives)
}

// file is one file for all rules.
type file string

func (f file) write(out *outputs.Output, objectives []*slo.Objective, log io.Writer) error {
	if err := out.Check(objectives); err != nil {
		return err
	}
	changed, err := atomicfile.Write(string(f), func(w io.Writer) error { return out.Write(w, objectives) })
	if err != nil {
		return fmt.Errorf("write rules to %s: %w", string(f), err)
	}
	fmt.Fprintf(log, "%s: %s, %s\n", f, count(len(objectives), "objective"), changeText(changed))
	return nil
}

func changeText(changed bool) string {
	if changed {
		return "written"
	}
	return "unchanged"
}
