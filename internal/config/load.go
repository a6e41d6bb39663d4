package config

import (
	"path/filepath"
	"strings"

	"headroom/internal/strictyaml"
	"headroom/slo/diag"
)

// Load reads a configuration file. Relative paths in it, those of defaults
// included, are relative to its directory. When any of the problems is an
// error, the configuration must not be used. No problem shows a secret.
func Load(path string) (Config, []diag.Problem) {
	source, problems := strictyaml.ReadFile(path, 0)
	if source == nil {
		return Config{}, problems
	}
	return read(source, filepath.Dir(path))
}

// Parse reads the text of a configuration file that has the given path.
func Parse(path string, text []byte) (Config, []diag.Problem) {
	source, problems := strictyaml.NewSource(path, text)
	if source == nil {
		return Config{}, redactProblems(problems, nil)
	}
	return read(source, filepath.Dir(path))
}

func read(source *strictyaml.Source, dir string) (Config, []diag.Problem) {
	var f file
	r := &reader{dir: dir}
	c := r.resolve(&f) // the defaults, in case that there is no document
	var problems []diag.Problem
	for d := range source.Documents() {
		if r.doc != nil {
			d.Report(strictyaml.Node{}, checkValue, "a second document in the configuration", `remove it and the line of "---"`)
			problems = append(problems, d.Problems()...)
			continue
		}
		r.doc = d
		d.Decode(&f)
		f.alertmanagers = decodeAlertmanagers(d, f.Alertmanagers)
		if len(d.Problems()) == 0 {
			c = r.resolve(&f)
		}
		problems = append(problems, d.Problems()...)
	}
	diag.Sort(problems)
	return c, redactProblems(problems, secretsOf(&f))
}

// reader resolves what was written, and reports what is wrong with it.
type reader struct {
	doc *strictyaml.Document
	dir string
}

func (r *reader) report(at strictyaml.Node, check, message, hint string) {
	r.doc.Report(at, check, message, hint)
}

// path resolves a path against the directory of the configuration.
func (r *reader) path(v strictyaml.Value[string], otherwise string) string {
	p := v.V
	if !v.IsSet() {
		if otherwise == "" {
			return ""
		}
		p = otherwise
	} else if strings.TrimSpace(p) == "" {
		r.report(v.Node, checkValue, "the path is empty", "write a path, or remove the key")
		return ""
	}
	if filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	return filepath.Join(r.dir, p)
}
