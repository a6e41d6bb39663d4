package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"headroom/docs/checks"
	"headroom/internal/version"
	"headroom/slo/diag"
)

// lintFormat says how problems are written.
type lintFormat struct {
	name string
	docs string // URL of the directory docs/checks, "" for none
}

func lintFormats() []string { return []string{"text", "json", "sarif", "github", "gitlab"} }

func (f *lintFormat) add(cmd *cobra.Command) {
	formats := lintFormats()
	cmd.Flags().StringVar(&f.name, "format", formats[0], "`FORMAT` of the problems: "+strings.Join(formats, ", "))
	cmd.Flags().StringVar(&f.docs, "docs-url", "", "`URL` at which the pages of the checks (docs/checks) are kept, for links in sarif")
	_ = cmd.RegisterFlagCompletionFunc("format", words(formats)) // fails for an unknown flag only
}

func (f *lintFormat) check() error {
	if err := oneOf("format", f.name, lintFormats()); err != nil {
		return err
	}
	if f.docs == "" {
		return nil
	}
	u, err := url.Parse(f.docs)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return usagef("--docs-url %q is not a URL: write https://host/path", f.docs)
	}
	return nil
}

func (f *lintFormat) write(w io.Writer, problems []diag.Problem) error {
	switch f.name {
	case "json":
		if problems == nil {
			problems = []diag.Problem{} // an empty array rather than null
		}
		return writeJSON(w, problems)
	case "sarif":
		return diag.WriteSARIF(w, problems, diag.Tool{Name: "headroom", Version: version.String(), Page: f.page})
	case "github":
		return diag.WriteGitHub(w, problems)
	case "gitlab":
		return diag.WriteGitLab(w, problems)
	default:
		return diag.Write(w, problems)
	}
}

// page returns the page of a check, with its address where one is known.
func (f *lintFormat) page(check string) (diag.Page, bool) {
	page, ok := checks.Page(check)
	if u, err := url.Parse(f.docs); ok && f.docs != "" && err == nil {
		page.URL = u.JoinPath(check + ".md").String()
	}
	return page, ok
}

func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}
