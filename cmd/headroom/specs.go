package main

import (
	"context"
	"fmt"
	"io"

	"headroom/slo/manifest"
)

// loadSpecs is specFlags.load without any flag.
func loadSpecs(ctx context.Context, w io.Writer, paths []string) (manifest.Result, error) {
	return new(specFlags).load(ctx, w, paths)
}

// count writes a number with its noun: "1 file", "2 files".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
