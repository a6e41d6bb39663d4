package catalog

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// part is a piece of a text: literal text, or the name of a placeholder.
type part struct {
	text, name string
	start, end int // in the text it was split from
}

// placeholderError is a fault of a template's author in one text.
type placeholderError struct {
	start, end    int // byte offsets in the text
	message, hint string
}

func (e *placeholderError) Error() string { return e.message }

// split cuts a text at its placeholders ${name}; $${ stands for ${ itself. Its
// error is a *placeholderError.
func split(text string) ([]part, error) {
	var parts []part
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			parts = append(parts, part{text: literal.String()})
			literal.Reset()
		}
	}
	for i := 0; i < len(text); {
		switch rest := text[i:]; {
		case strings.HasPrefix(rest, "$${"):
			literal.WriteString("${")
			i += len("$${")
		case strings.HasPrefix(rest, "${"):
			length := strings.IndexByte(rest, '}')
			if length < 0 || !isName(rest[2:length]) {
				return nil, &placeholderError{start: i, end: i + 2, message: "this begins no placeholder", hint: "write ${name} with the name of a parameter, or $${ for the characters ${"}
			}
			flush()
			parts = append(parts, part{name: rest[2:length], start: i, end: i + length + 1})
			i += length + 1
		default:
			literal.WriteByte(text[i])
			i++
		}
	}
	flush()
	return parts, nil
}

// isName reports whether a text can name a parameter: small letters, digits
// and underscores, beginning with a letter.
func isName(s string) bool {
	const most = 64
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z'
		inner := c == '_' || c >= '0' && c <= '9'
		if !letter && (i == 0 || !inner) {
			return false
		}
	}
	return s != "" && len(s) <= most
}

// filler is what stands for a placeholder.
type filler struct {
	kind      Type
	texts     []string
	parameter string // that decides it
}

// environment are the placeholders of a template with what stands for them.
type environment map[string]filler

// misuse is a placeholder that stands where its type has no meaning.
func misuse(p part, format string, args ...any) error {
	return &placeholderError{start: p.start, end: p.end, message: fmt.Sprintf(format, args...), hint: "give the parameter another type, or move the placeholder"}
}

// errAbsent is a placeholder without a value.
var errAbsent = errors.New("a placeholder has no value")

func (e environment) find(p part) (filler, error) {
	f, found := e[p.name]
	if !found {
		return filler{}, fmt.Errorf("%s: %w", p.name, errAbsent)
	}
	return f, nil
}

// plain fills in a text that is taken as it is: the value of a label, a text
// in CEL, a value of a spec.
func (e environment) plain(parts []part) (string, error) {
	var b strings.Builder
	for _, p := range parts {
		if p.name == "" {
			b.WriteString(p.text)
			continue
		}
		f, err := e.find(p)
		if err != nil {
			return "", err
		}
		if f.kind == List || f.kind == Matchers || f.kind == condition {
			return "", misuse(p, "%s is of the type %s, which cannot stand inside a text", p.name, f.kind)
		}
		if f.kind == Regexp {
			return "", misuse(p, "%s is a regular expression, which only a matcher =~ or !~ and matches() take", p.name)
		}
		b.WriteString(f.texts[0])
	}
	return b.String(), nil
}

// pattern fills in a regular expression. Texts are matched as they are; only
// regular expressions and what the template's author wrote are patterns.
func (e environment) pattern(parts []part) (string, error) {
	var b strings.Builder
	for _, p := range parts {
		if p.name == "" {
			b.WriteString(p.text)
			continue
		}
		f, err := e.find(p)
		if err != nil {
			return "", err
		}
		text, err := f.pattern(p, len(parts) == 1)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

func (f filler) pattern(p part, alone bool) (string, error) {
	switch f.kind {
	case Regexp, setting:
		text := closed(f.texts[0])
		if alone || regexp.QuoteMeta(text) == text {
			return text, nil
		}
		return "(?:" + text + ")", nil
	case List:
		quoted := make([]string, len(f.texts))
		for i, t := range f.texts {
			quoted[i] = regexp.QuoteMeta(t)
		}
		if all := strings.Join(quoted, "|"); alone || len(quoted) == 1 {
			return all, nil
		}
		return "(?:" + strings.Join(quoted, "|") + ")", nil
	case Matchers, condition:
		return "", misuse(p, "%s is of the type %s, which cannot stand inside a text", p.name, f.kind)
	default:
		return regexp.QuoteMeta(f.texts[0]), nil
	}
}

// closed writes out what \Q quotes, since without \E it would quote what
// follows, too: Prometheus itself puts patterns into longer ones.
func closed(pattern string) string {
	if !strings.Contains(pattern, `\Q`) {
		return pattern
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl|syntax.DotNL)
	if err != nil {
		return pattern // Check has refused it
	}
	return parsed.String()
}

// items fills in one item of a list, which a list alone turns into several.
func (e environment) items(parts []part) ([]string, error) {
	if len(parts) == 1 && parts[0].name != "" {
		if f, found := e[parts[0].name]; found && f.kind == List {
			return f.texts, nil
		}
	}
	text, err := e.plain(parts)
	return []string{text}, err
}
