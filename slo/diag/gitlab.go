package diag

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
)

// WriteGitLab writes problems as a code quality report, which GitLab shows in
// merge requests. A problem keeps its fingerprint while its line moves. Its
// error is the writer's.
func WriteGitLab(w io.Writer, problems []Problem) error {
	findings := make([]finding, 0, len(problems))
	seen := map[string]int{}
	for _, p := range problems {
		text := p.Message
		if p.Hint != "" {
			text += " (" + p.Hint + ")"
		}
		f := finding{Description: text, Check: p.Check, Severity: "major", Location: findingPlace{Path: filepath.ToSlash(filepath.Clean(p.File))}}
		if p.Severity == Warning {
			f.Severity = "minor"
		}
		f.Location.Lines.Begin = max(p.Line, 1)
		identity := fmt.Sprintf("%q %q %q %q", p.Check, f.Location.Path, p.Message, p.Excerpt)
		seen[identity]++ // two equal lines of one file are two findings
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", identity, seen[identity]))
		f.Fingerprint = hex.EncodeToString(sum[:16])
		findings = append(findings, f)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(findings); err != nil {
		return fmt.Errorf("write problems: %w", err)
	}
	return nil
}

type finding struct {
	Description string       `json:"description"`
	Check       string       `json:"check_name"`
	Fingerprint string       `json:"fingerprint"`
	Severity    string       `json:"severity"` // major or minor
	Location    findingPlace `json:"location"`
}

type findingPlace struct {
	Path  string `json:"path"`
	Lines struct {
		Begin int `json:"begin"`
	} `json:"lines"`
}
