package table

import (
	"io"
	"os"
	"strconv"
)

// IsTerminal reports whether a file is a terminal.
func IsTerminal(file *os.File) bool {
	_, is := terminalWidth(file)
	return is
}

// For finds out what a writer can show. A terminal gets its own width and
// colours, unless NO_COLOR is set (https://no-color.org) or TERM is dumb; a
// file or a pipe gets neither. COLUMNS overrides the width of a terminal.
func For(w io.Writer, getenv func(string) string) Options {
	file, ok := w.(*os.File)
	if !ok {
		return Options{}
	}
	width, ok := terminalWidth(file)
	if !ok {
		return Options{}
	}
	if n, err := strconv.Atoi(getenv("COLUMNS")); err == nil && n > 0 {
		width = n
	}
	return Options{Color: getenv("NO_COLOR") == "" && getenv("TERM") != "dumb", Width: width}
}
