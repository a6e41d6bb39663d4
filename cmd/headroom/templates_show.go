package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"headroom/slo"
	"headroom/slo/catalog"
	"headroom/slo/manifest/draft"
)

func newTemplatesShow() *cobra.Command {
	var (
		f      templateFlags
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Show a template: its parameters, what it counts, a spec to paste",
		Long: `Show a template: its parameters, what it counts, its traps, and a spec to paste.

What is not given with --set takes its default, or its example where it has none.`,
		Example: "  headroom templates show http-availability\n  headroom templates show otel-http-latency --set job=checkout --set under=100ms",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := f.choose(cmd, args[0])
			if err != nil {
				return err
			}
			shown, err := c.show()
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), shown)
			}
			return shown.write(cmd.OutOrStdout())
		},
	}
	f.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an object instead of text")
	return cmd
}

// shownTemplate is what show prints, in JSON.
type shownTemplate struct {
	*catalog.Template
	Metrics []string    `json:"metrics"` // that show that it applies
	Counts  []shownPart `json:"counts"`
	Spec    string      `json:"spec"`
}

// shownPart is one part of an indicator.
type shownPart struct {
	Role string `json:"role"`
	Text string `json:"text"`
}

func (c *chosenTemplate) show() (shownTemplate, error) {
	values := c.values()
	resolved, err := c.catalog.Resolve(c.Name, values)
	if err != nil {
		return shownTemplate{}, usagef("--set: %s", err)
	}
	s := shownTemplate{Template: c.Template, Metrics: c.Metrics(values), Counts: []shownPart{}}
	for _, p := range resolved.Indicator.Parts() {
		s.Counts = append(s.Counts, shownPart{Role: string(p.Role), Text: p.Text})
	}
	if events, ok := resolved.Indicator.(slo.Events); ok {
		s.Counts = []shownPart{{Role: "counted", Text: events.Counted()}, {Role: "good", Text: events.GoodText()}}
	}
	s.Spec, err = c.spec(values)
	return s, err
}

// spec is a spec that uses the template, to be pasted.
func (c *chosenTemplate) spec(values catalog.Values) (string, error) {
	target, err := c.target()
	if err != nil {
		return "", err
	}
	name := c.Suggest.Objective
	if name == "" {
		name = "objective"
	}
	spec := draft.Spec{Service: "my-service", Objectives: []draft.Objective{{
		Name: name, Target: target, Window: c.Suggest.Window, Template: c.Name, Values: values,
	}}}
	text, problems := spec.Text(c.catalog)
	if len(problems) > 0 {
		return "", fmt.Errorf("write a spec with the template %s: %s", c.Name, problems[0].Message)
	}
	return string(text), nil
}

// target is the one that the template suggests.
func (c *chosenTemplate) target() (slo.Target, error) {
	text := c.Suggest.Target
	if text == "" {
		text = "99.9%"
	}
	target, err := slo.ParseTarget(text)
	if err != nil {
		return slo.Target{}, fmt.Errorf("read the target of the template %s: %w", c.Name, err)
	}
	return target, nil
}

func (s *shownTemplate) write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n%s\n", s.Name, s.Title, s.Description)
	rows := [][]string{{"categories", strings.Join(s.Categories, ", ")}}
	if len(s.Metrics) > 0 {
		rows = append(rows, []string{"applies to", strings.Join(s.Metrics, ", ")})
	}
	if !s.Builtin {
		rows = append(rows, []string{"declared in", fmt.Sprintf("%s:%d", s.Place.File, s.Place.Line)})
	}
	section(&b, "", rows)
	b.WriteString("\nParameters\n")
	s.writeParameters(&b)
	rows = nil
	for _, p := range s.Counts {
		rows = append(rows, []string{p.Role, p.Text})
	}
	section(&b, "Counting", rows)
	if len(s.Notes) > 0 {
		b.WriteString("\nNotes\n")
		for _, n := range s.Notes {
			fmt.Fprintf(&b, "  - %s\n", n)
		}
	}
	b.WriteString("\nSpec\n")
	for line := range strings.Lines(s.Spec) {
		b.WriteString("  " + line)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the template: %w", err)
	}
	return nil
}

// writeParameters lists names, types and values, with where at the end.
func (s *shownTemplate) writeParameters(b *strings.Builder) {
	for i := range s.Parameters {
		p := &s.Parameters[i]
		fmt.Fprintf(b, "  %s: %s, %s\n      %s\n", p.Name, p.Type, standing(p), p.Doc)
	}
	where, _ := s.Parameter(catalog.Where)
	fmt.Fprintf(b, "  %s: %s, optional\n      %s\n", where.Name, where.Type, where.Doc)
}

// standing says whether a parameter is needed, and what it may be.
func standing(p *catalog.Parameter) string {
	text := "required"
	if p.Default != nil {
		text = "default " + p.Default.String()
		if p.Default.String() == "" {
			text = "may be empty"
		}
	}
	if len(p.Choices) == 0 {
		return text
	}
	names := make([]string, len(p.Choices))
	for i, o := range p.Choices {
		names[i] = o.Name
	}
	return text + ", of " + strings.Join(names, " | ")
}
