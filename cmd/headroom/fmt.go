package main

import (
	"fmt"
	"io"

	"github.com/invopop/jsonschema"
	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"headroom/internal/atomicfile"
	"headroom/internal/strictyaml"
	"headroom/internal/tidy"
	"headroom/slo/diag"
)

// formatting is what fmt is asked to do.
type formatting struct {
	check, diff bool
	schemas     tidy.Schemas
	stdout      io.Writer
	stderr      io.Writer

	changed, broken int
}

func newFmt() *cobra.Command {
	var f formatting
	cmd := &cobra.Command{
		Use:   "fmt [PATH...]",
		Short: "Write spec files in one form, with all their comments",
		Long: `Write spec files in one form, with all their comments: keys in their order, two
spaces of indentation, one kind of quotes, at most one empty line.

A PATH is a file of any name, or a directory, which is searched for the files of
headroom, such as slo.yaml and *.slo.yaml; without one it is the current
directory. With - it is standard input, and the result goes to standard output.
A file is replaced at once, and only when it changes. One that cannot be read as
YAML is left alone and its problems are printed; what else is wrong with a spec
is for lint.

With --check or --diff nothing is written. The exit code is 1 when a file cannot
be read, or with --check when one would change.`,
		Example: "  headroom fmt\n  headroom fmt --check --diff services/\n  headroom fmt - < slo.yaml",
		RunE: func(cmd *cobra.Command, args []string) error {
			f.stdout, f.stderr, f.schemas = cmd.OutOrStdout(), cmd.ErrOrStderr(), schemaOfKind()
			if len(args) == 0 {
				args = []string{"."}
			}
			files, err := filesToFormat(cmd.Context(), args)
			if err != nil {
				return err
			}
			for _, file := range files {
				if err := f.file(file, cmd.InOrStdin()); err != nil {
					return err
				}
			}
			return f.finish(files)
		},
	}
	cmd.Flags().BoolVar(&f.check, "check", false, "write nothing, print the names of files that would change, and fail when there are any")
	cmd.Flags().BoolVar(&f.diff, "diff", false, "write nothing and print what would change")
	return cmd
}

// schemaOfKind makes each schema once.
func schemaOfKind() tidy.Schemas {
	made := map[string]*jsonschema.Schema{}
	for _, kind := range documentKinds() {
		made[kind.name] = kind.schema()
	}
	return func(kind string) *jsonschema.Schema { return made[kind] }
}

func (f *formatting) file(path string, stdin io.Reader) error {
	if path == toStdout {
		return f.stream(stdin)
	}
	before, problems := strictyaml.ReadText(path)
	if problems == nil {
		var after []byte
		if after, problems = tidy.Format(path, before, f.schemas); problems == nil {
			return f.result(path, before, after)
		}
	}
	f.broken++
	return diag.Write(f.stderr, problems)
}

// stream formats standard input.
func (f *formatting) stream(stdin io.Reader) error {
	before, err := io.ReadAll(io.LimitReader(stdin, strictyaml.DefaultLimit+1))
	if err != nil {
		return fmt.Errorf("read standard input: %w", err)
	}
	if len(before) > strictyaml.DefaultLimit {
		return fmt.Errorf("read standard input: it is larger than %d KiB", strictyaml.DefaultLimit>>10)
	}
	after, problems := tidy.Format("standard input", before, f.schemas)
	if problems != nil {
		f.broken++
		return diag.Write(f.stderr, problems)
	}
	if f.check || f.diff {
		return f.result("standard input", before, after)
	}
	_, err = f.stdout.Write(after)
	return err
}

// result writes a file, or says that it would change.
func (f *formatting) result(path string, before, after []byte) error {
	if string(before) == string(after) {
		return nil
	}
	f.changed++
	var err error
	switch {
	case f.diff:
		_, err = f.stdout.Write(diff.Diff(path, before, path+" (formatted)", after))
	case f.check:
		_, err = fmt.Fprintln(f.stdout, path)
	default:
		_, err = atomicfile.Write(path, func(w io.Writer) error {
			_, err := w.Write(after)
			return err
		})
		if err != nil {
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}
	return err
}

func (f *formatting) finish(files []string) error {
	if len(files) != 1 || files[0] != toStdout {
		done := "formatted"
		if f.check || f.diff {
			done = "to format"
		}
		summary := fmt.Sprintf("%s: %d %s", count(len(files), "file"), f.changed, done)
		if f.broken > 0 {
			summary += fmt.Sprintf(", %d left alone", f.broken)
		}
		fmt.Fprintln(f.stderr, summary)
	}
	if f.broken > 0 || f.check && f.changed > 0 {
		return errProblems
	}
	return nil
}
