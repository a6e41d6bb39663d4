package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"headroom/slo/defaults"
	"headroom/slo/diag"
	"headroom/slo/manifest"
)

// specFlags are the flags of every command that reads specs.
type specFlags struct {
	defaults []string
}

func (f *specFlags) register(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.defaults, "defaults", nil, "`PATH` of the organisation's defaults, a file or directory; may be given again")
}

// options reads what the flags name. It fails with errProblems, after printing
// them to w, when that is broken.
func (f *specFlags) options(w io.Writer) (manifest.Options, error) {
	set, problems := defaults.Load(f.defaults)
	if err := diag.Write(w, problems); err != nil {
		return manifest.Options{}, err
	}
	if diag.HasErrors(problems) {
		return manifest.Options{}, errProblems
	}
	return manifest.Options{Defaults: set}, nil
}

// load reads specs, prints their problems to w and fails with errProblems when
// one of them is an error.
func (f *specFlags) load(ctx context.Context, w io.Writer, paths []string) (manifest.Result, error) {
	options, err := f.options(w)
	if err != nil {
		return manifest.Result{}, err
	}
	result := manifest.Load(ctx, paths, options)
	if err := ctx.Err(); err != nil {
		return result, fmt.Errorf("read specs: %w", err)
	}
	if err := diag.Write(w, result.Problems); err != nil {
		return result, err
	}
	if diag.HasErrors(result.Problems) {
		return result, errProblems
	}
	return result, nil
}
