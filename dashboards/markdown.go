package dashboards

import (
	"strconv"
	"strings"
	"unicode"
)

// plain writes a text so that a reader of Grafana's text panel sees it as it
// is. Grafana puts in its variables, then reads Markdown, then HTML: whatever
// could mean something to one of them becomes an entity, line breaks become
// spaces, and characters that turn the direction of writing are replaced.
func plain(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			b.WriteByte(' ')
		case unicode.Is(unicode.Bidi_Control, r):
			b.WriteRune(unicode.ReplacementChar)
		case r > unicode.MaxASCII || isWord(r) || strings.ContainsRune(",-%", r):
			b.WriteRune(r)
		default:
			b.WriteString("&#" + strconv.Itoa(int(r)) + ";")
		}
	}
	return strings.TrimSpace(b.String())
}

func isWord(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

// address writes a link to a web address, or the text when it is none.
func address(s string) string {
	safe, ok := safeURL(s)
	if !ok {
		return plain(s)
	}
	return "[" + plain(s) + "](" + strings.ReplaceAll(safe, "&", "&amp;") + ")"
}
