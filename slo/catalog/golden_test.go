package catalog_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"headroom/slo/catalog"
	"headroom/slo/diag"
	"headroom/slo/manifest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden loads the template files of every archive, and reads its specs
// with them. All problems, and what the objectives count, stand in the
// archive's last file.
func TestGolden(t *testing.T) {
	archives, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(archives) < 8 {
		t.Fatalf("golden archives: %d, %v", len(archives), err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			path, err := filepath.Abs(path)
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			got := outcome(t, archive)
			if *update {
				replace(t, path, archive, got)
				return
			}
			want := ""
			for _, file := range archive.Files {
				if file.Name == "want" {
					want = string(file.Data)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func outcome(t *testing.T, archive *txtar.Archive) string {
	t.Helper()
	var paths []string
	var specs []txtar.File
	for _, file := range archive.Files {
		switch file.Name {
		case "want":
		case "slo.yaml":
			specs = append(specs, file)
		default:
			if err := os.WriteFile(file.Name, file.Data, 0o600); err != nil {
				t.Fatal(err)
			}
			paths = append(paths, file.Name)
		}
	}
	known, problems := manifest.LoadCatalog(paths...)
	var out bytes.Buffer
	write := func(problems []diag.Problem) {
		diag.Sort(problems)
		if err := diag.Write(&out, problems); err != nil {
			t.Fatal(err)
		}
	}
	write(problems)
	for _, file := range specs {
		documents, problems := manifest.Options{Catalog: known}.Parse(file.Name, file.Data)
		write(problems)
		for _, d := range documents {
			for _, o := range d.Objectives {
				if d.Broken {
					break
				}
				fmt.Fprintf(&out, "%s: %s\n  %s %v\n", o.ID.Objective, o.Indicator.Canonical(), o.Template.Name, o.Template.With)
			}
		}
	}
	for _, each := range known.All() {
		if !each.Builtin {
			fmt.Fprintf(&out, "template %s of %s:%d %v\n", each.Name, each.Place.File, each.Place.Line, each.Metrics(each.Examples()))
		}
	}
	return out.String()
}

func replace(t *testing.T, path string, archive *txtar.Archive, got string) {
	t.Helper()
	archive.Files = slices.DeleteFunc(archive.Files, func(file txtar.File) bool { return file.Name == "want" })
	archive.Files = append(archive.Files, txtar.File{Name: "want", Data: []byte(got)})
	if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestResolveErrors asks for what a caller without a file is told.
func TestResolveErrors(t *testing.T) {
	c := manifest.Builtin()
	for _, test := range []struct {
		name   string
		values catalog.Values
		want   string
	}{
		{"http-avail", nil, `no template has the name "http-avail"`},
		{"http-availability", nil, "parameter job: the template needs it"},
		{"http-availability", catalog.Values{"job": catalog.ListOf("a")}, "parameter job: this is a list, want a text"},
		{"http-availability", catalog.Values{"job": catalog.Text("a\xff")}, "parameter job: the value is not UTF-8 text"},
		{"http-availability", catalog.Values{"job": catalog.Text(strings.Repeat("x", 5000))}, "parameter job: the value is longer than 4 KiB"},
	} {
		_, err := c.Resolve(test.name, test.values)
		if err == nil || err.Error() != test.want {
			t.Errorf("%s with %v: %v, want %s", test.name, test.values, err, test.want)
		}
	}
}
