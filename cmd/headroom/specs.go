package main

import (
	"context"
	"fmt"
	"io"

	"headroom/slo/diag"
	"headroom/slo/manifest"
)

// loadSpecs reads specs, prints their problems to w and fails with errProblems
// when one of them is an error.
func loadSpecs(ctx context.Context, w io.Writer, paths []string) (manifest.Result, error) {
	result := manifest.Load(ctx, paths, manifest.Options{})
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

// count writes a number with its noun: "1 file", "2 files".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
