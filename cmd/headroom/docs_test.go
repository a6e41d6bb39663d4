package main

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// needServer are the commands that documents show and that wait for a service,
// are one or need its data: their command line is understood rather than run here; the
// end-to-end tests run them.
var needServer = map[string]bool{
	"serve": true, "status": true, "report": true, "exec": true, "event": true, "gate": true, "correction": true, "push": true,
	"db": true, "incidents": true, "attribution": true, "forecast": true, "windows": true, "note": true, "why": true,
}

// TestDocumentedCommands runs every command that the documents show, in order,
// in a directory that holds the specs that the same document showed before.
func TestDocumentedCommands(t *testing.T) {
	for _, doc := range documents(t) {
		t.Run(filepath.Base(doc), func(t *testing.T) {
			text, err := os.ReadFile(doc)
			if err != nil {
				t.Fatal(err)
			}
			blocks := fenced(string(text))
			dir := t.TempDir()
			for _, b := range blocks {
				switch {
				case b.language == "yaml":
					writeDocument(t, dir, b.text)
				case b.language == "sh":
					runBlock(t, dir, b.text)
				case b.language == "go" && strings.HasPrefix(b.text, "package main"):
					goBuilds(t, b.text)
				}
			}
		})
	}
}

// writeDocument writes a shown document to the file that its kind usually has.
func writeDocument(t *testing.T, dir, text string) {
	t.Helper()
	files := map[string]string{
		"service": "slo.yaml", "test": "slo.test.yaml", "template": "acme.template.yaml",
	}
	for kind, file := range files {
		if strings.HasPrefix(text, "headroom: v1\n"+kind+":") {
			write(t, filepath.Join(dir, file), text)
		}
	}
}

func runBlock(t *testing.T, dir, block string) {
	t.Helper()
	for line := range strings.Lines(block) {
		command, _, _ := strings.Cut(strings.TrimSpace(line), "#")
		words := fields(command)
		switch {
		case len(words) == 0:
		case words[0] == "make":
			makeKnows(t, words[1:])
		case len(words) > 2 && words[0] == "go" && words[1] == "run":
			goFinds(t, words[2])
		case words[0] == "headroom" && len(words) > 1:
			headroomRuns(t, dir, words[1:])
		default:
			t.Errorf("a document shows the command %q, which nothing runs", command)
		}
	}
}

// fields splits a command line at spaces outside of quotes.
func fields(line string) []string {
	var words []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 0 {
			words = append(words, strings.Fields(part)...)
		} else {
			words = append(words, part)
		}
	}
	return words
}

func makeKnows(t *testing.T, targets []string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "make", append([]string{"-n", "-C", "../.."}, targets...)...).CombinedOutput()
	if err != nil {
		t.Errorf("make %v: %v\n%s", targets, err, out)
	}
}

// goFinds checks that a program that takes minutes is there.
func goFinds(t *testing.T, pkg string) {
	t.Helper()
	pkg = "headroom/" + strings.TrimPrefix(pkg, "./")
	if out, err := exec.CommandContext(t.Context(), "go", "list", pkg).CombinedOutput(); err != nil {
		t.Errorf("go run %s: %v\n%s", pkg, err, out)
	}
}

// goBuilds checks that a program in a document is one.
func goBuilds(t *testing.T, text string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "main.go")
	write(t, file, text)
	if out, err := exec.CommandContext(t.Context(), "go", "vet", file).CombinedOutput(); err != nil {
		t.Errorf("a document's program: %v\n%s", err, out)
	}
}

func headroomRuns(t *testing.T, dir string, args []string) {
	t.Helper()
	if needServer[args[0]] {
		at := slices.Index(args, "--") // what follows is not headroom's
		if at < 0 {
			at = len(args)
		}
		args = slices.Insert(args, at, "--help")
	}
	t.Chdir(dir)
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), args, strings.NewReader(""), &stdout, &stderr); code != exitFine {
		t.Errorf("headroom %s: exit code %d\n%s%s", strings.Join(args, " "), code, stdout.String(), stderr.String())
	}
}

func documents(t *testing.T) []string {
	t.Helper()
	docs, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(docs) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	all := make([]string, 0, len(docs)+1)
	for _, doc := range append(docs, "../../README.md") {
		path, err := filepath.Abs(doc)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, path)
	}
	return all
}

type block struct{ language, text string }

// fenced returns the fenced code blocks of a Markdown text.
func fenced(text string) []block {
	var blocks []block
	var open *block
	for scanner := bufio.NewScanner(strings.NewReader(text)); scanner.Scan(); {
		line := scanner.Text()
		fence, found := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case found && open == nil:
			open = &block{language: fence}
		case found:
			blocks = append(blocks, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	return blocks
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
