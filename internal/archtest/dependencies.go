package archtest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// CheckDependencies compares the direct dependencies of a go.mod with the first
// column of the table in the decision that gives their reasons. It returns a
// sentence for each that is in one and not in the other.
func CheckDependencies(gomod, decision string) []string {
	required := directRequires(gomod)
	var explained []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(decision, -1) {
		explained = append(explained, row[1])
	}
	var violations []string
	for _, path := range required {
		if !slices.Contains(explained, path) {
			violations = append(violations, fmt.Sprintf(
				"go.mod requires %s without a reason: add a line to docs/adr/0002-dependencies.md, or do without it", path))
		}
	}
	for _, path := range explained {
		if !slices.Contains(required, path) {
			violations = append(violations, fmt.Sprintf(
				"docs/adr/0002-dependencies.md explains %s, which go.mod does not require: remove the line", path))
		}
	}
	return violations
}

func directRequires(gomod string) []string {
	var paths []string
	for line := range strings.Lines(gomod) {
		fields := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(fields) == 2 && strings.HasPrefix(fields[1], "v") && strings.Contains(fields[0], ".") {
			paths = append(paths, fields[0])
		}
	}
	return paths
}
