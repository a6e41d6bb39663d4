package table

// style is an ANSI SGR parameter; its zero value changes nothing.
type style string

const (
	plain  style = ""
	red    style = "31;1"
	yellow style = "33"
	green  style = "32"
	faint  style = "2"
)

func paint(s string, with style, color bool) string {
	if !color || with == plain || s == "" {
		return s
	}
	return "\x1b[" + string(with) + "m" + s + "\x1b[0m"
}
