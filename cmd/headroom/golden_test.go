package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/spf13/cobra"
)

var update = flag.Bool("update", false, "rewrite the golden files and the command reference")

// golden compares a text with a file, or writes the file with -update.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is no longer what comes out; go generate ./... writes it again (-want +got):\n%s", path, diff)
	}
}

// TestCommandReference keeps docs/cli.md equal to what --help says.
func TestCommandReference(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("# Commands\n\nThis is what `headroom COMMAND --help` prints; `go generate ./...` writes it.\n")
	for _, cmd := range documented(newRoot(func() {})) {
		args := strings.Fields(cmd.CommandPath() + " --help")[1:]
		var stdout, stderr bytes.Buffer
		if code := run(context.Background(), args, strings.NewReader(""), &stdout, &stderr); code != exitFine || stderr.Len() > 0 {
			t.Fatalf("%v: exit code %d, stderr %q", args, code, stderr.String())
		}
		b.WriteString("\n## " + cmd.CommandPath() + "\n\n```\n" + stdout.String() + "```\n")
	}
	golden(t, filepath.Join("..", "..", "docs", "cli.md"), b.Bytes())
}

// documented lists a command and those below it.
func documented(cmd *cobra.Command) []*cobra.Command {
	if cmd.Name() == "help" || cmd.Name() == "completion" {
		return nil
	}
	list := []*cobra.Command{cmd}
	for _, below := range cmd.Commands() {
		list = append(list, documented(below)...)
	}
	return list
}

// TestExplain keeps what explain prints for the spec in each golden file: the
// arguments are on its first line.
func TestExplain(t *testing.T) {
	files, err := filepath.Glob("testdata/explain/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { explainGolden(t, file) })
	}
}

func explainGolden(t *testing.T, file string) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "slo.yaml")
	if err := os.WriteFile(path, archive.Files[0].Data, 0o600); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"explain", path}, strings.Fields(string(archive.Comment))...)
	var stdout, stderr bytes.Buffer
	code := run(context.Background(), args, strings.NewReader(""), &stdout, &stderr)
	if code != exitFine {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	archive.Files = append(archive.Files[:1:1], txtar.File{
		Name: "stdout", Data: bytes.ReplaceAll(stdout.Bytes(), []byte(dir+"/"), nil),
	})
	golden(t, file, txtar.Format(archive))
}
