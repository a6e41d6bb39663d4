package report

import (
	"fmt"
	"io"
	"strings"
)

// WriteMarkdown writes a report as Markdown that reads well in a terminal, too.
// Texts of users are escaped: they make no links, no markup and no mentions.
func WriteMarkdown(w io.Writer, r Report) error {
	p := newPage(r)
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n\n**%s**\n", markdown(p.title), markdown(p.subtitle), markdown(p.totals))
	for _, s := range p.sections {
		fmt.Fprintf(&b, "\n## %s\n\n", s.heading)
		if s.remark != "" {
			fmt.Fprintf(&b, "%s\n", s.remark)
			if len(s.lines) > 0 {
				b.WriteString("\n")
			}
		}
		for _, l := range s.lines {
			b.WriteString("- ")
			for _, t := range l {
				b.WriteString(markdownText(t))
			}
			b.WriteString("\n")
		}
		if s.more > 0 {
			fmt.Fprintf(&b, "- and %d more\n", s.more)
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func markdownText(t text) string {
	s := markdown(t.text)
	if t.url != "" {
		s = "[" + s + "](<" + t.url + ">)"
	}
	if t.bold {
		s = "**" + s + "**"
	}
	return s
}

var markdownEscaper = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "~", `\~`, "[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "|", `\|`, "#", `\#`,
)

func markdown(s string) string { return quietMention(markdownEscaper.Replace(s)) }
