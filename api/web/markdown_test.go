package web

import (
	"strings"
	"testing"
)

func TestMarkdown(t *testing.T) {
	for text, want := range map[string]string{
		"# A `b` & c":                         `<h1 id="a-b--c">A <code>b</code> &amp; c</h1>`,
		"one\ntwo **three** *four*":           "<p>one two <strong>three</strong> <em>four</em></p>",
		"- a\n  b\n- c":                       "<ul><li>a b</li>\n<li>c</li>\n</ul>",
		"so:\n1. a 2. b\n   c\n2. d":          "<p>so:</p>\n<ol><li>a 2. b c</li>\n<li>d</li>\n</ol>",
		"[a](#b) [c](d.md#e)":                 `<p><a href="#b">a</a> c</p>`,
		"[`a`](https://x.example/?a&b)":       `<p><a href="https://x.example/?a&amp;b"><code>a</code></a></p>`,
		"| a | b |\n|---|---|\n| `c` | <d> |": "<table><tr><th>a</th><th>b</th></tr>\n<tr><td><code>c</code></td><td>&lt;d&gt;</td></tr>\n</table>",
		"```sh\n<a> # b\n```":                 "<pre>&lt;a&gt; # b</pre>",
		"    a\n    **b**":                    "<pre>a **b**</pre>",
		"<script>":                            "<p>&lt;script&gt;</p>",
		"[a](javascript:alert(1))":            "<p>a)</p>",
		"":                                    "",
	} {
		if got := strings.TrimSpace(string(markdown(text))); got != want {
			t.Errorf("%q becomes\n%s\nwant\n%s", text, got, want)
		}
	}
}
