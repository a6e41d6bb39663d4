// Package alertmanager speaks to an Alertmanager's API v2 about silences.
package alertmanager

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	promconfig "github.com/prometheus/common/config"

	"headroom/alerting/silence"
	"headroom/internal/transport"
)

// DefaultTimeout bounds one request.
const DefaultTimeout = 10 * time.Second

// maxBytes bounds an answer: the list of all silences.
const maxBytes = 64 << 20

// Options are what a Client needs. URL is required.
type Options struct {
	URL       *url.URL
	Transport transport.Options
	Timeout   time.Duration // of one request; 0 is DefaultTimeout
}

// Client speaks to one Alertmanager. It follows no redirect.
type Client struct {
	base *url.URL
	http *http.Client
}

var _ silence.Alertmanager = (*Client)(nil)

// New makes a client. It does not connect.
func New(o Options) (*Client, error) {
	if o.URL == nil || o.URL.Host == "" || o.URL.Scheme != "http" && o.URL.Scheme != "https" {
		return nil, errors.New("want the URL of an Alertmanager, such as http://alertmanager:9093")
	}
	c, err := o.Transport.Config()
	if err != nil {
		return nil, err
	}
	client, err := promconfig.NewClientFromConfig(c, "alertmanager")
	if err != nil {
		return nil, fmt.Errorf("make the HTTP client: %w", err)
	}
	client.Timeout = cmp.Or(o.Timeout, DefaultTimeout)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{base: o.URL.JoinPath("api", "v2"), http: client}, nil
}

// Name returns the base of the API without a password.
func (c *Client) Name() string {
	return strings.TrimSuffix(c.base.Redacted(), "/api/v2")
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

type matcher struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	IsRegex bool   `json:"isRegex"`
	IsEqual bool   `json:"isEqual"`
}

type posted struct {
	Matchers  []matcher `json:"matchers"`
	StartsAt  time.Time `json:"startsAt"`
	EndsAt    time.Time `json:"endsAt"`
	CreatedBy string    `json:"createdBy"`
	Comment   string    `json:"comment"`
}

type listed struct {
	ID        string `json:"id"`
	CreatedBy string `json:"createdBy"`
	Comment   string `json:"comment"`
	Status    struct {
		State silence.State `json:"state"`
	} `json:"status"`
}

// Silences returns those that headroom has made.
func (c *Client) Silences(ctx context.Context) ([]silence.Found, error) {
	var all []listed
	if err := c.do(ctx, http.MethodGet, c.base.JoinPath("silences"), nil, &all); err != nil {
		return nil, err
	}
	var found []silence.Found
	for _, s := range all {
		if s.CreatedBy == silence.Creator {
			found = append(found, silence.Found{ID: s.ID, Comment: s.Comment, State: s.Status.State})
		}
	}
	return found, nil
}

// Create makes a silence and returns its id.
func (c *Client) Create(ctx context.Context, s silence.Silence) (string, error) {
	body := posted{
		Matchers: []matcher{{Name: "slo", Value: s.Pattern, IsRegex: s.Regex, IsEqual: true}},
		StartsAt: s.From.UTC(), EndsAt: s.To.UTC(), CreatedBy: silence.Creator, Comment: s.Comment,
	}
	var made struct {
		ID string `json:"silenceID"`
	}
	if err := c.do(ctx, http.MethodPost, c.base.JoinPath("silences"), body, &made); err != nil {
		return "", err
	}
	if made.ID == "" {
		return "", errors.New("the answer names no silence: is this an Alertmanager?")
	}
	return made.ID, nil
}

// Expire ends a silence. That there is none of the id is no error.
func (c *Client) Expire(ctx context.Context, id string) error {
	err := c.do(ctx, http.MethodDelete, c.base.JoinPath("silence", url.PathEscape(id)), nil, nil)
	var refused *statusError
	if errors.As(err, &refused) && (refused.status == http.StatusNotFound || strings.Contains(refused.body, "already expired")) {
		return nil
	}
	return err
}

type statusError struct {
	status int
	body   string
}

func (e *statusError) Error() string {
	if e.body == "" {
		return fmt.Sprintf("it answers %d %s", e.status, http.StatusText(e.status))
	}
	return fmt.Sprintf("it answers %d %s: %s", e.status, http.StatusText(e.status), e.body)
}

func (c *Client) do(ctx context.Context, method string, to *url.URL, body, into any) (err error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, to.String(), content)
	if err != nil {
		return err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.http.Do(request)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) { // its text would repeat the URL, with what secrets it holds
			err = failed.Err
		}
		return err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	return read(response, into)
}

func read(response *http.Response, into any) error {
	if response.StatusCode/100 != 2 {
		const most = 300
		text, _ := io.ReadAll(io.LimitReader(response.Body, most)) // what there is of an explanation
		return &statusError{status: response.StatusCode, body: strings.Join(strings.Fields(strings.ToValidUTF8(string(text), "")), " ")}
	}
	if into == nil {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxBytes+1))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if len(text) > maxBytes {
		return fmt.Errorf("the answer is longer than %d MiB", maxBytes>>20)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("the answer is not that of an Alertmanager: %w", err)
	}
	return nil
}
