package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Limits of a message in Slack
// (https://docs.slack.dev/reference/block-kit/blocks). One block is left free
// for a remark of whoever delivers the message.
const (
	maxBlocks  = 49
	maxSection = 3000 // characters of a text
	maxHeader  = 150
)

// Message is a report as Slack takes it.
type Message struct {
	Text   string  `json:"text"` // what notifications show
	Blocks []Block `json:"blocks"`
}

// Block is one block of Slack's Block Kit: header, section or context.
type Block struct {
	Type     string      `json:"type"`
	Text     *BlockText  `json:"text,omitempty"`
	Elements []BlockText `json:"elements,omitempty"`
}

// BlockText is text in a block: mrkdwn, or plain_text in a header.
type BlockText struct {
	Type string `json:"type"`
	Text string `json:"text"`
	// Verbatim keeps Slack from making links, channels and mentions of what
	// looks like them.
	Verbatim bool `json:"verbatim,omitempty"`
}

// SlackMessage writes a report as blocks within Slack's limits. Texts of users
// are escaped: they make no links and mention nobody. What has no room is left
// out and said, with a link where the service's address is known.
func SlackMessage(r Report) Message {
	p := newPage(r)
	blocks := []Block{
		{Type: "header", Text: &BlockText{Type: "plain_text", Text: cut(quietMention(p.title), maxHeader)}},
		context(mrkdwn(p.subtitle)),
		sectionBlock("*" + mrkdwn(p.totals) + "*"),
	}
	for _, s := range p.sections {
		blocks = append(blocks, s.blocks()...)
	}
	if len(blocks) > maxBlocks {
		rest := "There is more than fits in a message."
		if r.URL != "" {
			rest += " " + mrkdwnText(text{text: "See all budgets", url: r.URL}) + "."
		}
		blocks = append(blocks[:maxBlocks-1:maxBlocks-1], context(rest))
	}
	return Message{Text: cut(mrkdwn(p.title+". "+p.totals), maxSection), Blocks: blocks}
}

// WriteSlack writes the message as JSON, which Slack's Block Kit Builder and
// chat.postMessage take.
func WriteSlack(w io.Writer, r Report) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(SlackMessage(r)); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// blocks writes a section as one block, or as several where it is too long.
func (s section) blocks() []Block {
	lines := []string{"*" + s.heading + "*"}
	if s.remark != "" {
		lines = append(lines, s.remark)
	}
	for _, l := range s.lines {
		lines = append(lines, mrkdwnLine(l))
	}
	if s.more > 0 {
		lines = append(lines, fmt.Sprintf("• and %d more", s.more))
	}
	var blocks []Block
	var b strings.Builder
	for _, l := range lines {
		if b.Len() > 0 && utf8.RuneCountInString(b.String())+1+utf8.RuneCountInString(l) > maxSection {
			blocks = append(blocks, sectionBlock(b.String()))
			b.Reset()
		}
		if b.Len() > 0 {
			b.WriteString("\n")
		}
		b.WriteString(l)
	}
	return append(blocks, sectionBlock(b.String()))
}

// mrkdwnLine writes a line. One that is too long for a block loses its links,
// and then the ends of its texts.
func mrkdwnLine(l line) string {
	for longest := maxSection; ; longest /= 2 {
		var b strings.Builder
		b.WriteString("• ")
		for _, t := range l {
			t.text = cut(t.text, longest)
			if longest < maxSection {
				t.url = ""
			}
			b.WriteString(mrkdwnText(t))
		}
		if utf8.RuneCountInString(b.String()) <= maxSection {
			return b.String()
		}
	}
}

func mrkdwnText(t text) string {
	s := mrkdwn(t.text)
	if t.url != "" {
		s = "<" + linkEscaper.Replace(t.url) + "|" + s + ">"
	}
	if t.bold {
		s = "*" + s + "*"
	}
	return s
}

// linkEscaper keeps an address within its angle brackets.
var linkEscaper = strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C")

// mrkdwnEscaper escapes what Slack takes for links and mentions
// (https://docs.slack.dev/messaging/formatting-message-text#escaping). Signs of
// emphasis cannot be escaped; look-alikes stand for them.
var mrkdwnEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "*", "∗", "`", "ˋ", "~", "∼", "\n", " ")

func mrkdwn(s string) string { return quietMention(mrkdwnEscaper.Replace(s)) }

func sectionBlock(mrkdwn string) Block {
	return Block{Type: "section", Text: &BlockText{Type: "mrkdwn", Text: mrkdwn, Verbatim: true}}
}

func context(mrkdwn string) Block {
	return Block{Type: "context", Elements: []BlockText{{Type: "mrkdwn", Text: mrkdwn, Verbatim: true}}}
}

// cut shortens a text to a number of characters. It does not look at escapes,
// so that it comes before them, or far above what it bounds.
func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:max(0, most-1)]) + "…"
}
