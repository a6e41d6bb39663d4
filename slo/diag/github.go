package diag

import (
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
)

// WriteGitHub writes problems as workflow commands, which GitHub Actions turns
// into annotations of the lines:
//
//	::error file=slo.yaml,line=6,col=13,endColumn=18,title=target-format::target …%0Ahelp: write target: 99.9%25
//
// Its error is the writer's.
func WriteGitHub(w io.Writer, problems []Problem) error {
	for _, p := range problems {
		if _, err := io.WriteString(w, p.workflowCommand()); err != nil {
			return fmt.Errorf("write problems: %w", err)
		}
	}
	return nil
}

func (p Problem) workflowCommand() string {
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	var properties []string
	set := func(name, value string) { properties = append(properties, name+"="+property.Replace(value)) }
	if p.File != "" {
		set("file", filepath.ToSlash(filepath.Clean(p.File)))
	}
	if p.Line > 0 {
		set("line", strconv.Itoa(p.Line))
	}
	if p.Column > 0 {
		set("col", strconv.Itoa(p.Column))
	}
	if p.EndColumn > p.Column {
		set("endColumn", strconv.Itoa(p.EndColumn-1)) // GitHub counts it in
	}
	set("title", p.Check)
	message := p.Message
	if p.Hint != "" {
		message += "\nhelp: " + p.Hint
	}
	return fmt.Sprintf("::%s %s::%s\n", p.Severity, strings.Join(properties, ","), data.Replace(message))
}
