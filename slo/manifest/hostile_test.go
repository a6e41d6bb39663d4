package manifest_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"headroom/slo/manifest"
)

// TestHostileTexts gives Parse texts of half the largest size that are made to cost
// much. A second would be slow for each; the bound tells linear from quadratic.
func TestHostileTexts(t *testing.T) {
	const size = 1 << 19
	fill := func(before, part, after string) string {
		return before + strings.Repeat(part, (size-len(before)-len(after))/len(part)) + after
	}
	const head = "headroom: v1\nservice: a\n"
	for name, text := range map[string]string{
		"unknown keys on one line": fill(head+"objectives: {", "x: 1, ", "}"),
		"different unknown keys":   "{" + many("k", ": 1, ", size) + "}",
		"bad objectives":           fill(head+"objectives:\n", "  O: {target: 0.9, gauge: up}\n", ""),
		"many bad objectives":      head + "objectives:\n" + many("  O", ": {target: 0.9, window: 1, gauge: 'up[5m]', labels: {slo: a}}\n", size),
		"a long value":             fill(head+"objectives: {o: {gauge: up, target: ", "9", "}}"),
		"a long expression":        fill(head+"objectives: {o: {target: 99%, gauge: 'up", " + up", "'}}"),
		"a long key":               fill(head, "k", ": 1"),
		"open brackets":            fill(head+"labels: ", "[", ""),
		"open braces":              fill(head+"labels: ", "{a: ", ""),
		"dashes":                   fill(head+"labels:\n", "- ", ""),
		"question marks":           fill(head+"labels:\n", "? ", ""),
		"indentation":              fill(head, " ", "x"),
		"deeper and deeper":        deeper(size),
		"comments":                 fill(head, "# c\n", "labels: {}\n"),
		"documents":                fill("", "---\na: b\n", ""),
		"document markers":         fill("", "---\n", ""),
		"aliases":                  fill(head+"labels: &a {x: y}\ny: [", "*a,", "]"),
		"anchors":                  fill(head+"y: [", "&a b,", "]"),
		"empty lines":              fill(head, "\n", "x"),
		"quotes":                   fill(head+"owner: '", "''", "'"),
		"escapes":                  fill(head+"objectives: {o: {target: 99%, gauge: \"", `\u0041`, "\"}}"),
		"folded lines":             fill(head+"owner: >\n", "  x\n", ""),
		"bad characters":           fill(head, "\x01", ""),
		"repeated groups":          fill(head+"objectives: {o: {target: 99%, gauge: up, group: [", "a,", "]}}"),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, problems := manifest.Parse("slo.yaml", []byte(text))
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			length := 0
			for _, p := range problems {
				length += len(p.Message) + len(p.Hint) + len(p.Excerpt)
			}
			if took > 20*time.Second {
				t.Errorf("took %v", took)
			}
			if len(problems) == 0 && name != "comments" && name != "quotes" || length > 1<<20 {
				t.Errorf("%d problems with %d bytes of text", len(problems), length)
			}
			t.Logf("%v, %d MB, %d problems", took, (after.TotalAlloc-before.TotalAlloc)>>20, len(problems))
		})
	}
}

// many repeats numbered lines up to about the given size.
func many(before, after string, size int) string {
	var b strings.Builder
	digits := []byte("aaaaaa")
	for b.Len() < size-len(before)-len(after)-len(digits) {
		b.WriteString(before)
		b.Write(digits)
		b.WriteString(after)
		for i := len(digits) - 1; i >= 0; i-- {
			if digits[i]++; digits[i] <= 'z' {
				break
			}
			digits[i] = 'a'
		}
	}
	return b.String()
}

func deeper(size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size-i-4; i++ {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}
