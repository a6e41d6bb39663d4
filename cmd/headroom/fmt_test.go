package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// TestExamplesAreFormatted keeps what others copy in its one form.
func TestExamplesAreFormatted(t *testing.T) {
	library, err := filepath.Glob("../../slo/catalog/library/*.yaml")
	if err != nil || len(library) == 0 {
		t.Fatal(library, err)
	}
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), append([]string{"fmt", "--check", "--diff", "../../examples"}, library...), strings.NewReader(""), &stdout, &stderr); code != exitFine {
		t.Errorf("exit code %d: %s\n%s", code, stderr.String(), stdout.String())
	}
}
