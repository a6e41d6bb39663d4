package archtest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// CheckDependencies compares the direct dependencies of a go.mod with the first
// column of the table in the decision that gives their reasons. It returns a
// sentence for each without a reason, and for each reason without a module.
func CheckDependencies(gomod, decision string) []string {
	direct, all := requires(gomod)
	var explained []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(decision, -1) {
		explained = append(explained, row[1])
	}
	var violations []string
	for _, path := range direct {
		if !slices.Contains(explained, path) {
			violations = append(violations, fmt.Sprintf(
				"go.mod requires %s without a reason: add a line to docs/adr/0002-dependencies.md, or do without it", path))
		}
	}
	for _, path := range explained {
		if !slices.Contains(all, path) {
			violations = append(violations, fmt.Sprintf(
				"docs/adr/0002-dependencies.md explains %s, which go.mod does not require: remove the line", path))
		}
	}
	return violations
}

func requires(gomod string) (direct, all []string) {
	for line := range strings.Lines(gomod) {
		text, comment, _ := strings.Cut(line, "//")
		fields := strings.Fields(strings.TrimPrefix(strings.TrimSpace(text), "require "))
		if len(fields) != 2 || !strings.HasPrefix(fields[1], "v") {
			continue
		}
		all = append(all, fields[0])
		if strings.TrimSpace(comment) != "indirect" {
			direct = append(direct, fields[0])
		}
	}
	return direct, all
}
