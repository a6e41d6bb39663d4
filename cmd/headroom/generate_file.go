package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"headroom/rules"
	"headroom/slo"
	"headroom/slo/manifest"
)

// newDestination finds out what --output means. It refuses to replace one of
// the specs that were read.
func newDestination(output string, specs []manifest.File, stdout io.Writer) (destination, error) {
	if output == toStdout {
		return stream{stdout}, nil
	}
	if output == "" {
		return nil, usagef("--output is empty: name a file or a directory, or - for standard output")
	}
	info, err := os.Stat(output)
	switch {
	case err == nil && info.IsDir(), strings.HasSuffix(output, string(filepath.Separator)):
		return directory(output), nil
	case errors.Is(err, fs.ErrNotExist):
		return file(output), nil
	case err != nil:
		return nil, fmt.Errorf("write rules: %w", err)
	}
	for _, spec := range specs {
		if other, err := os.Stat(spec.Path); err == nil && os.SameFile(info, other) {
			return nil, fmt.Errorf("write rules to %s: it is one of the spec files; name another --output", output)
		}
	}
	return file(output), nil
}

// stream is standard output.
type stream struct{ w io.Writer }

func (s stream) write(objectives []*slo.Objective, compile compiler, _ io.Writer) error {
	groups, err := compile(objectives)
	if err != nil {
		return err
	}
	return rules.Write(s.w, groups)
}

// file is one file for all rules.
type file string

func (f file) write(objectives []*slo.Objective, compile compiler, log io.Writer) error {
	groups, err := compile(objectives)
	if err != nil {
		return err
	}
	changed, err := rules.WriteFile(string(f), groups)
	if err != nil {
		return err
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
