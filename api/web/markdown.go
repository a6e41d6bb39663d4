package web

import (
	"html"
	"html/template"
	"regexp"
	"strconv"
	"strings"
)

// markdown is the part of Markdown that headroom's own pages are written in:
// headings, paragraphs, lists, tables, fenced code, and words that are code,
// strong, emphasised or links. All text is escaped. Links to other pages of the
// documentation, which the service does not show, become plain words.
func markdown(text string) template.HTML {
	var b strings.Builder
	for lines := strings.Split(text, "\n"); len(lines) > 0; {
		n := blockLength(lines)
		block(&b, lines[:n])
		lines = lines[n:]
	}
	return template.HTML(b.String()) //nolint:gosec // of the program's own text, escaped
}

const fence = "```"

// blockLength is how many lines belong together.
func blockLength(lines []string) int {
	if strings.HasPrefix(lines[0], fence) {
		for i := 1; i < len(lines); i++ {
			if strings.HasPrefix(lines[i], fence) {
				return i + 1
			}
		}
		return len(lines)
	}
	if strings.HasPrefix(lines[0], "#") || lines[0] == "" {
		return 1
	}
	for i, line := range lines[1:] {
		if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, fence) || isRow(line) != isRow(lines[0]) ||
			isItem(line) && !isItem(lines[0]) {
			return i + 1
		}
	}
	return len(lines)
}

func isItem(line string) bool { return listItem.MatchString(line) }
func isRow(line string) bool  { return strings.HasPrefix(line, "|") }

func block(b *strings.Builder, lines []string) {
	first := lines[0]
	switch {
	case first == "":
	case strings.HasPrefix(first, fence):
		b.WriteString("<pre>" + html.EscapeString(strings.Join(lines[1:len(lines)-1], "\n")) + "</pre>\n")
	case strings.HasPrefix(first, "    "):
		text := strings.Join(strings.Fields(strings.Join(lines, " ")), " ") // a quoted text, as wide as the window
		b.WriteString("<pre>" + html.EscapeString(text) + "</pre>\n")
	case strings.HasPrefix(first, "#"):
		words := strings.TrimLeft(first, "#")
		tag := "h" + strconv.Itoa(len(first)-len(words))
		b.WriteString("<" + tag + ` id="` + slug(words) + `">` + inline(words) + "</" + tag + ">\n")
	case isRow(first):
		table(b, lines)
	case isItem(first):
		list(b, lines)
	default:
		b.WriteString("<p>" + inline(strings.Join(lines, " ")) + "</p>\n")
	}
}

// list writes items, each with the lines that go on with it.
func list(b *strings.Builder, lines []string) {
	var items []string
	for _, line := range lines {
		if isItem(line) {
			_, text, _ := strings.Cut(line, " ")
			items = append(items, text)
		} else {
			items[len(items)-1] += " " + strings.TrimSpace(line)
		}
	}
	tag := "ol"
	if strings.HasPrefix(lines[0], "-") {
		tag = "ul"
	}
	b.WriteString("<" + tag + ">")
	for _, item := range items {
		b.WriteString("<li>" + inline(item) + "</li>\n")
	}
	b.WriteString("</" + tag + ">\n")
}

// table writes rows, of which the first is the head and the second its rule.
func table(b *strings.Builder, rows []string) {
	b.WriteString("<table>")
	for i, row := range rows {
		if i == 1 {
			continue
		}
		cell := "td"
		if i == 0 {
			cell = "th"
		}
		b.WriteString("<tr>")
		for text := range strings.SplitSeq(strings.Trim(row, "| "), " | ") {
			b.WriteString("<" + cell + ">" + inline(text) + "</" + cell + ">")
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>\n")
}

var (
	listItem    = regexp.MustCompile(`^(-|[0-9]+\.) `)
	codeWords   = regexp.MustCompile("`([^`]+)`")
	strongWords = regexp.MustCompile(`\*\*([^*]+)\*\*`)
	softWords   = regexp.MustCompile(`\*([^*\s][^*]*)\*`)
	nearLinks   = regexp.MustCompile(`\[([^\]]+)\]\((#[^)]+|https?://[^)]+)\)`)
	farLinks    = regexp.MustCompile(`\[([^\]]+)\]\([^)]+\)`)
	noSlug      = regexp.MustCompile(`[^a-z0-9 _-]`)
)

func inline(text string) string {
	text = html.EscapeString(strings.TrimSpace(text))
	text = codeWords.ReplaceAllString(text, "<code>$1</code>")
	text = strongWords.ReplaceAllString(text, "<strong>$1</strong>")
	text = softWords.ReplaceAllString(text, "<em>$1</em>")
	text = nearLinks.ReplaceAllString(text, `<a href="$2">$1</a>`)
	return farLinks.ReplaceAllString(text, "$1")
}

// slug is the anchor of a heading, as the hosts of repositories make it.
func slug(heading string) string {
	return strings.ReplaceAll(noSlug.ReplaceAllString(strings.ToLower(strings.TrimSpace(heading)), ""), " ", "-")
}
