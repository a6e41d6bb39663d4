package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"headroom/slo/diag"
)

// explanation translates one of the YAML library's messages.
type explanation struct {
	part          string // of the library's message
	message, hint string
	opening       bool // point at where the construct was opened
}

func explanations() []explanation {
	return []explanation{
		{part: "mapping values are not allowed", message: `a ": " where no key can stand`, hint: `put quotes around a value that contains ": ", or mend the indentation`},
		{part: "found character that cannot start any token", message: "a value cannot begin with this character", hint: "put quotes around the value"},
		{part: "tab character", message: "a tab indents this line", hint: "indent with spaces"},
		{part: "could not find expected ':'", message: "a line without key: value", hint: "write a colon and a space after the key, or mend the indentation"},
		{part: "did not find expected ',' or ']'", message: "the bracket [ is not closed", hint: "write ] at the end of the list", opening: true},
		{part: "did not find expected ',' or '}'", message: "the brace { is not closed, or a part of the map lacks a comma", hint: "write } at the end of the map, commas between its keys, and quotes around PromQL in it", opening: true},
		{part: "found unexpected end of stream", message: "the quote is not closed", hint: "write the closing quote", opening: true},
		{part: "found unexpected document indicator", message: "the quote is not closed", hint: "write the closing quote", opening: true},
		{part: "did not find expected node content", message: "a value is missing, or a bracket is not closed", hint: "write the value, and ] or } at the end", opening: false},
		{part: "did not find expected key", message: "the indentation of this line fits to nothing above it", hint: "indent the keys of one map equally"},
		{part: "did not find expected '-' indicator", message: "this line is not part of the list above it", hint: `begin every line of the list with "- ", equally indented`},
		{part: "did not find expected <document start>", message: "text that belongs to no key", hint: "write key: value lines"},
		{part: "unknown escape character", message: "unknown escape in double quotes", hint: "use single quotes around PromQL and regular expressions, or double the backslash"},
		{part: "exceeded max depth", message: fmt.Sprintf("maps and lists nest more than %d levels deep", maxDepth), hint: "flatten it"},
	}
}

func (d *Document) syntaxProblem(err error) {
	check, message, hint := "yaml-syntax", err.Error(), "mend the YAML at this place"
	var load *yaml.LoadError
	mark := yaml.Mark{Line: 1, Column: 1}
	if errors.As(err, &load) {
		message = load.Message
		if load.Mark.Line > 0 {
			mark = load.Mark
		}
		if name, found := strings.CutPrefix(load.Message, "unknown anchor"); found {
			check, message, hint = "yaml-alias", "alias to the unknown anchor"+strings.TrimSuffix(name, " referenced")+": aliases are not supported", "write the value out"
		}
	}
	for _, e := range explanations() {
		if strings.Contains(message, e.part) {
			message, hint = e.message, e.hint
			if e.opening && load.ContextMark.Line > 0 {
				mark = load.ContextMark
			}
			break
		}
	}
	at := d.offsetOf(mark.Line, mark.Column)
	if at == d.end { // what is missing is missing after the last character
		at = d.start + max(len(bytes.TrimRight(d.Text(), " \t\r\n"))-1, 0)
	}
	end := at + 1
	if check == "yaml-alias" {
		end = d.wordEnd(at)
	}
	if at < d.end && d.source.data[at] == '\t' {
		message, hint = "a tab indents this line", "indent with spaces"
	}
	if at < d.end && d.source.data[at] == '%' && at == d.start {
		message, hint = "YAML directives are not supported", "remove the line"
	}
	d.add(diag.Error, at, end, check, message, hint)
}
