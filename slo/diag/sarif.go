package diag

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
)

// Tool is what a SARIF log says of the program that made it.
type Tool struct {
	Name, Version string
	URL           string // of its documentation, may be empty
	// Page finds the page of a check; nil knows none.
	Page func(check string) (Page, bool)
}

// WriteSARIF writes problems as a SARIF 2.1.0 log of one run, with the checks'
// pages as its rules. Its error is the writer's.
func WriteSARIF(w io.Writer, problems []Problem, tool Tool) error {
	run := sarifRun{
		Tool:       sarifTool{Driver: sarifDriver{Name: tool.Name, Version: tool.Version, URL: tool.URL, Rules: []sarifRule{}}},
		ColumnKind: "unicodeCodePoints",
		Results:    make([]sarifResult, 0, len(problems)),
	}
	index := map[string]int{}
	for _, p := range problems {
		at, known := index[p.Check]
		if !known {
			at = len(run.Tool.Driver.Rules)
			index[p.Check] = at
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, tool.rule(p))
		}
		run.Results = append(run.Results, resultOf(p, at))
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	log := sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}}
	if err := encoder.Encode(log); err != nil {
		return fmt.Errorf("write problems: %w", err)
	}
	return nil
}

func (t Tool) rule(p Problem) sarifRule {
	rule := sarifRule{ID: p.Check, Configuration: sarifLevel{string(p.Severity)}}
	if t.Page == nil {
		return rule
	}
	page, ok := t.Page(p.Check)
	if !ok {
		return rule
	}
	rule.Short = &sarifText{Text: page.Summary}
	rule.Help = &sarifHelp{Text: page.Markdown, Markdown: page.Markdown}
	rule.HelpURI = page.URL
	return rule
}

func resultOf(p Problem, rule int) sarifResult {
	text := p.Message
	if p.Hint != "" {
		text += "\nhelp: " + p.Hint
	}
	result := sarifResult{Rule: p.Check, Index: rule, Level: string(p.Severity), Message: sarifText{Text: plain(text)}}
	if p.File == "" {
		return result
	}
	place := sarifPlace{Artifact: sarifArtifact{URI: fileURI(p.File)}}
	if p.Line > 0 {
		place.Region = &sarifRegion{Line: p.Line, Column: p.Column, EndColumn: max(p.EndColumn, 0)}
		if p.Excerpt != "" && p.ExcerptColumn == 0 {
			place.Region.Snippet = &sarifText{Text: p.Excerpt}
		}
	}
	result.Locations = []sarifLocation{{place}}
	return result
}

// plain keeps a reader of SARIF from taking text in brackets for a link.
func plain(text string) string {
	if !strings.Contains(text, "](") {
		return text
	}
	return strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`).Replace(text)
}

// fileURI writes a path as a URI reference: relative paths stay relative, to
// whatever the reader takes for the root of the sources.
func fileURI(path string) string {
	u := url.URL{Path: filepath.ToSlash(filepath.Clean(path))}
	if filepath.IsAbs(path) {
		u.Scheme = "file"
	}
	return u.String()
}

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool       sarifTool     `json:"tool"`
	ColumnKind string        `json:"columnKind"`
	Results    []sarifResult `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version,omitempty"`
	URL     string      `json:"informationUri,omitempty"`
	Rules   []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID            string     `json:"id"`
	Short         *sarifText `json:"shortDescription,omitempty"`
	Help          *sarifHelp `json:"help,omitempty"`
	HelpURI       string     `json:"helpUri,omitempty"`
	Configuration sarifLevel `json:"defaultConfiguration"`
}

type sarifLevel struct {
	Level string `json:"level"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifHelp struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown"`
}

type sarifResult struct {
	Rule      string          `json:"ruleId"`
	Index     int             `json:"ruleIndex"`
	Level     string          `json:"level"`
	Message   sarifText       `json:"message"`
	Locations []sarifLocation `json:"locations,omitempty"`
}

type sarifLocation struct {
	Place sarifPlace `json:"physicalLocation"`
}

type sarifPlace struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	Line      int        `json:"startLine"`
	Column    int        `json:"startColumn,omitempty"`
	EndColumn int        `json:"endColumn,omitempty"`
	Snippet   *sarifText `json:"snippet,omitempty"`
}
