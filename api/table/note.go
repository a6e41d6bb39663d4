package table

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"headroom/api/v1"
)

// measuredTitle heads the column that says how much of a window was measured.
const measuredTitle = "MEASURED"

// note is what there is to say of one or more statuses.
type note struct {
	text  string
	of    []string // names
	apart bool     // the names say more than who it is about
}

// writeReasons prints what there is to say of the statuses, once for all those
// of whom it is the same.
func writeReasons(b *strings.Builder, slos []v1.SLO, columns []placed) {
	told := slices.ContainsFunc(columns, func(p placed) bool { return p.title == measuredTitle })
	for i, n := range notes(slos, told) {
		if i == 0 {
			b.WriteByte('\n')
		}
		about := strings.Join(n.of, ", ")
		if all := len(n.of); all > 1 && all == len(slos) && !n.apart {
			about = fmt.Sprintf("All %d", all)
		}
		fmt.Fprintf(b, "%s: %s\n", about, n.text)
	}
}

// notes are in the order of the statuses. How much was measured stands in the
// table, or else with the name, so that what is else the same is said once.
func notes(slos []v1.SLO, told bool) []*note {
	var all []*note
	add := func(text, name string, apart bool) {
		if text == "" {
			return
		}
		i := slices.IndexFunc(all, func(n *note) bool { return n.text == text })
		if i < 0 {
			all, i = append(all, &note{text: text}), len(all)
		}
		all[i].of, all[i].apart = append(all[i].of, name), all[i].apart || apart
	}
	for _, s := range slos {
		reason, young := strings.CutPrefix(s.Reason, s.Measured+": ")
		if young {
			reason = sentence(reason)
		}
		if young && !told {
			add(printable(reason), fmt.Sprintf("%s (%s)", name(s), s.Measured), true)
		} else {
			add(printable(reason), name(s), false)
		}
		add(s.Behind(), name(s), false)
		add(s.Reading(), name(s), false)
		add(uncorrected(s), name(s), false)
	}
	return all
}

// sentence begins a text with a capital letter.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}
