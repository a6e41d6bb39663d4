// Package draft writes first specs for people to go on from.
package draft

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"headroom/slo"
	"headroom/slo/catalog"
	"headroom/slo/diag"
	"headroom/slo/manifest"
)

// Spec is a service to be written down.
type Spec struct {
	Service    string // name, or namespace/name
	Owner      string // "" leaves a comment that asks for it
	Channel    string
	Runbook    string
	Objectives []Objective
}

// Objective is one objective that a template counts.
type Objective struct {
	Name        string
	Description string
	Target      slo.Target
	Window      string // "" for the default
	Template    string
	Values      catalog.Values
	Comment     string // one line above the target; "" for none
}

// Text returns the spec as a YAML document. It fails with the problems of the
// document when that would not be sound, and then returns no text.
func (s Spec) Text(c *catalog.Catalog) ([]byte, []diag.Problem) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "headroom: %s\nservice: %s\n", manifest.Version, Scalar(s.Service))
	pair(&b, "", "owner", s.Owner)
	pair(&b, "", "channel", s.Channel)
	pair(&b, "", "runbook", s.Runbook)
	b.WriteString("objectives:\n")
	for _, o := range s.Objectives {
		o.write(&b)
	}
	_, problems := manifest.Options{Catalog: c}.Parse("slo.yaml", b.Bytes())
	if diag.HasErrors(problems) {
		return nil, problems
	}
	return b.Bytes(), nil
}

func (o Objective) write(b *bytes.Buffer) {
	fmt.Fprintf(b, "  %s:\n", o.Name)
	pair(b, "    ", "description", o.Description)
	if o.Comment != "" {
		fmt.Fprintf(b, "    # %s\n", strings.Join(strings.Fields(o.Comment), " "))
	}
	fmt.Fprintf(b, "    target: %s\n", o.Target)
	pair(b, "    ", "window", o.Window)
	if len(o.Values) == 0 {
		fmt.Fprintf(b, "    template: {name: %s}\n", Scalar(o.Template))
		return
	}
	fmt.Fprintf(b, "    template:\n      name: %s\n      with:\n", Scalar(o.Template))
	for _, name := range slices.Sorted(maps.Keys(o.Values)) {
		fmt.Fprintf(b, "        %s: %s\n", name, value(o.Values[name]))
	}
}

func pair(b *bytes.Buffer, indent, key, text string) {
	switch {
	case text == "":
	case sentence.MatchString(text) && !reserved.MatchString(text):
		// Outside of brackets, commas mean nothing.
		fmt.Fprintf(b, "%s%s: %s\n", indent, key, text)
	default:
		fmt.Fprintf(b, "%s%s: %s\n", indent, key, Scalar(text))
	}
}

func value(v catalog.Value) string {
	if !v.IsList {
		return Scalar(strings.Join(v.Texts, ""))
	}
	quoted := make([]string, len(v.Texts))
	for i, text := range v.Texts {
		quoted[i] = Scalar(text)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

var (
	sentence = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./ ,;()'%-]*[A-Za-z0-9_./)%]$`)
	plain    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./ -]*[A-Za-z0-9_./]$|^[A-Za-z]$|^[0-9]+(\.[0-9]+)?(ms|s|m|h|d|%)$`)
	reserved = regexp.MustCompile(`^(?i:true|false|null|yes|no|on|off|y|n)$`)
)

// Scalar writes a text so that YAML reads it back: as it is where that is
// safe, and in double quotes otherwise.
func Scalar(s string) string {
	if plain.MatchString(s) && !reserved.MatchString(s) {
		return s
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic("draft: JSON of a text: " + err.Error())
	}
	return strings.TrimSuffix(b.String(), "\n")
}
