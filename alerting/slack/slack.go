// Package slack posts messages to Slack with a bot token that has the scope
// chat:write. It tries once; the outbox tries again.
package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/slack-go/slack"

	"headroom/alerting/outbox"
)

// DefaultURL is the base of Slack's own API.
const DefaultURL = slack.APIURL

// Secret is text that does not show itself; Reveal gives it to the one place
// that hands it to Slack.
type Secret interface {
	Reveal() string
}

// Options are what a poster needs.
type Options struct {
	Token     Secret            // the bot token, unless TokenFile names its file
	TokenFile string            // read for each message, so that the token can be rotated
	URL       string            // base of the API; "" is DefaultURL
	Transport http.RoundTripper // nil is http.DefaultTransport
}

// Poster posts messages. It is safe for concurrent use.
type Poster struct {
	o      Options
	client *http.Client
}

var _ outbox.Sender = (*Poster)(nil)

// New makes a poster.
func New(o Options) (*Poster, error) {
	if (o.Token == nil || o.Token.Reveal() == "") && o.TokenFile == "" {
		return nil, errors.New("slack: a token or its file is missing")
	}
	if o.URL == "" {
		o.URL = DefaultURL
	}
	o.URL = strings.TrimSuffix(o.URL, "/") + "/"
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	return &Poster{o: o, client: &http.Client{
		Transport: bounded{o.Transport},
		// A redirect would hand the token to whoever it names.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// body is what the outbox keeps of a message: the arguments of chat.postMessage
// that depend on it.
type body struct {
	Text   string       `json:"text"`
	Blocks slack.Blocks `json:"blocks"`
}

// Send posts a message to its channel. Its error is an *outbox.SendError that
// shows no secret.
func (p *Poster) Send(ctx context.Context, m outbox.Message, repeat outbox.Repeat) error {
	var b body
	if err := json.Unmarshal(m.Body, &b); err != nil {
		return &outbox.SendError{Reason: "the message cannot be read: " + err.Error(), Permanent: true, Err: err}
	}
	token, err := p.token()
	if err != nil {
		return &outbox.SendError{Reason: err.Error(), Permanent: true, Err: err}
	}
	blocks := b.Blocks.BlockSet
	if remark := remarkOn(repeat); remark != "" {
		blocks = append(blocks, slack.NewContextBlock("", slack.NewTextBlockObject(slack.MarkdownType, remark, false, true)))
		b.Text = remark + " " + b.Text
	}
	api := slack.New(token, slack.OptionAPIURL(p.o.URL), slack.OptionHTTPClient(p.client))
	_, timestamp, err := api.PostMessageContext(ctx, m.Channel,
		slack.MsgOptionText(b.Text, false), slack.MsgOptionBlocks(blocks...),
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl(), slack.MsgOptionParse(false))
	if err == nil && timestamp == "" {
		// The library takes an answer without an error for success.
		err = errors.New("the answer is not Slack's: it names no message")
	}
	if err != nil {
		return failure(err, m.Channel, token)
	}
	return nil
}

func (p *Poster) token() (string, error) {
	if p.o.TokenFile == "" {
		return p.o.Token.Reveal(), nil
	}
	text, err := os.ReadFile(p.o.TokenFile)
	if err != nil {
		return "", fmt.Errorf("read the token of Slack: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" {
		return "", fmt.Errorf("read the token of Slack: %s is empty", p.o.TokenFile)
	}
	return token, nil
}

func remarkOn(repeat outbox.Repeat) string {
	switch repeat {
	case outbox.AfterRestart:
		return "Repeated after a restart: this may be here twice."
	case outbox.AfterNoResponse:
		return "Repeated because Slack did not answer: this may be here twice."
	default:
		return ""
	}
}
