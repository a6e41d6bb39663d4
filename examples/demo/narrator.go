package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// narrator writes the story with the time at which things happen.
type narrator struct {
	out   io.Writer
	start time.Time
}

func newNarrator(out io.Writer) *narrator { return &narrator{out: out, start: time.Now()} }

// say tells one thing.
func (n *narrator) say(format string, args ...any) {
	since := time.Since(n.start).Round(time.Second)
	fmt.Fprintf(n.out, "\n%d:%02d  %s\n", int(since.Minutes()), int(since.Seconds())%60, wrap(fmt.Sprintf(format, args...), 92, "      "))
}

// show prints a command and what it said.
func (n *narrator) show(command, output string) {
	fmt.Fprintf(n.out, "\n      $ %s\n", command)
	for line := range strings.Lines(strings.TrimRight(output, "\n") + "\n") {
		fmt.Fprint(n.out, "      "+line)
	}
}

// wrap breaks a text at words; lines after the first are indented.
func wrap(text string, width int, indent string) string {
	var b strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		if column > 0 && column+1+len(word) > width {
			b.WriteString("\n" + indent)
			column = 0
		} else if column > 0 {
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}
