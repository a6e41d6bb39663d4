package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/pflag"

	"headroom/slo/defaults"
	"headroom/slo/diag"
	"headroom/slo/manifest"
	"headroom/slo/plans"
)

// specFlags are the flags of every command that reads specs.
type specFlags struct {
	defaults  []string
	templates []string
	plans     []string
}

func (f *specFlags) register(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.defaults, "defaults", nil, "`PATH` of the organisation's defaults, a file or directory; may be given again")
	flags.StringSliceVar(&f.plans, "plans", nil, "`PATH` of alert plans, a file or directory; may be given again")
	f.registerTemplates(flags)
}

func (f *specFlags) registerTemplates(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.templates, "templates", nil, "`PATH` of templates of your own, a file or directory; may be given again")
}

// read reads what the flags name, and reports what is wrong with it.
func (f *specFlags) read() (manifest.Options, []diag.Problem) {
	set, problems := defaults.Load(f.defaults)
	known, more := manifest.LoadCatalog(f.templates...)
	alerts, wrong := plans.Load(f.plans)
	return manifest.Options{Defaults: set, Catalog: known, Plans: alerts}, slices.Concat(problems, more, wrong)
}

// options reads what the flags name. It fails with errProblems, after printing
// them to w, when that is broken.
func (f *specFlags) options(w io.Writer) (manifest.Options, error) {
	options, problems := f.read()
	if err := diag.Write(w, problems); err != nil {
		return manifest.Options{}, err
	}
	if diag.HasErrors(problems) {
		return manifest.Options{}, errProblems
	}
	return options, nil
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
