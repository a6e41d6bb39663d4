package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"headroom/budget/gate"
	"headroom/budget/policy"
)

// writeGate prints every answer for people, and for a release train what comes
// of it.
func writeGate(w io.Writer, results []gateResult) error {
	var b strings.Builder
	for _, r := range results {
		writeResult(&b, r)
	}
	if len(results) > 1 {
		fmt.Fprintf(&b, "\n%s\n", trainVerdict(results))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

func writeResult(b *strings.Builder, r gateResult) {
	fmt.Fprintf(b, "%-9s %s to %s, %s\n", verdictWord(r), r.Service, printable(r.Environment), changeWords(r))
	say := func(indent, text string) {
		if text != "" {
			fmt.Fprintf(b, "%s%s\n", indent, printable(text))
		}
	}
	if r.Formerly != "" {
		say("  ", r.Formerly+" is "+r.Service+" now.")
	}
	say("  ", r.Summary)
	for line := range strings.Lines(r.Error) {
		say("  ", strings.TrimSuffix(line, "\n"))
	}
	if r.Verdict == unanswered && r.Allowed {
		say("  ", "It is released unchecked, since --fail is open.")
	} else if r.Verdict == unanswered {
		say("  ", "It is not released, since --fail is closed.")
	}
	for _, reason := range r.Reasons {
		say("  - ", reason.Text)
	}
	if r.Omitted > 0 {
		fmt.Fprintf(b, "  - and %d more\n", r.Omitted)
	}
	for _, way := range r.Ways {
		say("  > ", way)
	}
	if r.Since != nil && r.Verdict != gate.Allowed && r.CheckedAt.Sub(*r.Since) >= time.Second {
		fmt.Fprintf(b, "  The answer has been this since %s.\n", r.Since.Format("2006-01-02 15:04 UTC"))
	}
}

func verdictWord(r gateResult) string {
	if r.Verdict == unanswered {
		return "NO ANSWER"
	}
	return strings.ToUpper(string(r.Verdict))
}

func changeWords(r gateResult) string {
	if r.CountedAs != r.Change {
		return fmt.Sprintf("claimed to be a %s, judged as a %s", changeName(r.Change), changeName(r.CountedAs))
	}
	return "as a " + changeName(r.Change)
}

func changeName(c policy.Change) string {
	if c == policy.Security {
		return "security change"
	}
	return string(c)
}

// trainVerdict sums up a release train.
func trainVerdict(results []gateResult) string {
	var stopped []string
	for _, r := range results {
		if !r.Allowed {
			stopped = append(stopped, r.Service)
		}
	}
	if len(stopped) == 0 {
		return fmt.Sprintf("All %d services may be released.", len(results))
	}
	return fmt.Sprintf("Do not release this train: %d of %d services may not go: %s.", len(stopped), len(results), strings.Join(stopped, ", "))
}

// printable leaves out what would steer a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || unicode.IsPrint(r) {
			return r
		}
		if unicode.IsSpace(r) {
			return ' '
		}
		return -1
	}, s)
}
