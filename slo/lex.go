package slo

import "strings"

// piece is a part of a PromQL text: code, or what the lexer does not look into.
type piece struct {
	start, end int
	opaque     bool // a string literal or a comment
}

// pieces splits a PromQL text into code, string literals and comments. A
// literal that does not end goes to the end of the text.
func pieces(s string) []piece {
	var list []piece
	code := 0
	for i := 0; i < len(s); {
		end := opaqueEnd(s, i)
		if end == i {
			i++
			continue
		}
		if code < i {
			list = append(list, piece{start: code, end: i})
		}
		list = append(list, piece{start: i, end: end, opaque: true})
		i, code = end, end
	}
	if code < len(s) {
		list = append(list, piece{start: code, end: len(s)})
	}
	return list
}

// opaqueEnd returns where the string literal or comment at i ends, and i when
// there is none.
func opaqueEnd(s string, i int) int {
	switch quote := s[i]; quote {
	case '#':
		if n := strings.IndexByte(s[i:], '\n'); n >= 0 {
			return i + n
		}
		return len(s)
	case '"', '\'', '`':
		for j := i + 1; j < len(s); j++ {
			if s[j] == '\\' && quote != '`' {
				j++
			} else if s[j] == quote {
				return j + 1
			}
		}
		return len(s)
	default:
		return i
	}
}
