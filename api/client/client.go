// Package client asks a headroom service over HTTP.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"time"

	"headroom/api/v1"
	"headroom/slo"
)

// Defaults of Options.
const (
	DefaultTimeout = 30 * time.Second
	DefaultMaxBody = 64 << 20 // about 100,000 statuses
)

// Options are optional altogether.
type Options struct {
	HTTPClient *http.Client  // nil: one of the client's own
	Token      string        // sent as a bearer token when not empty; never part of an error
	Timeout    time.Duration // of a whole request; 0: DefaultTimeout
	MaxBody    int64         // longest answer in bytes; 0: DefaultMaxBody
}

func (o Options) withDefaults() Options {
	if o.HTTPClient == nil {
		o.HTTPClient = &http.Client{}
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxBody <= 0 {
		o.MaxBody = DefaultMaxBody
	}
	return o
}

// Client asks one service. It is safe for concurrent use and needs no closing.
type Client struct {
	base    *url.URL
	options Options
}

// New makes a client of the service at an address such as
// "http://127.0.0.1:9080". A path in it is kept, for services behind a prefix.
func New(address string, o Options) (*Client, error) {
	base, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("read address: %w", errors.Unwrap(err))
	}
	if base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, fmt.Errorf("read address %q: want http://host:port or https://host", base.Redacted())
	}
	return &Client{base: base, options: o.withDefaults()}, nil
}

// SLO returns one objective with the statuses of its groups. When there is no
// such objective, errors.Is(err, ErrNotFound) holds.
func (c *Client) SLO(ctx context.Context, id slo.ID) (v1.Objective, error) {
	var objective v1.Objective
	err := c.get(ctx, "slos/"+id.String(), nil, &objective)
	return objective, err
}

// Problems returns what is wrong in the service's spec files.
func (c *Client) Problems(ctx context.Context) ([]v1.Problem, error) {
	var problems []v1.Problem
	err := c.get(ctx, "problems", nil, &problems)
	return problems, err
}

// Record reports platform events, at most v1.MaxEvents, and returns how many of
// them are stored. Sending them again does no harm, and does not help those that
// were dropped. Its error is an *Error; with one, none of them has to be stored.
func (c *Client) Record(ctx context.Context, events ...v1.Event) (v1.Recorded, error) {
	var recorded v1.Recorded
	body, err := json.Marshal(events)
	if err != nil {
		return recorded, &Error{URL: c.base.Redacted(), Err: fmt.Errorf("write events as JSON: %w", err)}
	}
	err = c.ask(ctx, http.MethodPost, c.base.JoinPath("api", "v1", "events"), body, &recorded)
	return recorded, err
}

func (c *Client) get(ctx context.Context, path string, query url.Values, into any) error {
	address := c.base.JoinPath("api", "v1", path)
	address.RawQuery = query.Encode()
	return c.ask(ctx, http.MethodGet, address, nil, into)
}

func (c *Client) ask(ctx context.Context, method string, address *url.URL, body []byte, into any) error {
	_, err := c.askHeader(ctx, method, address, body, into)
	return err
}

// askHeader is ask for an answer whose header says something, too.
func (c *Client) askHeader(ctx context.Context, method string, address *url.URL, body []byte, into any) (http.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, address.String(), bytes.NewReader(body))
	if err != nil {
		return nil, &Error{URL: address.Redacted(), Err: err}
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/json")
	}
	header, failed := c.exchange(request, into)
	if failed != nil {
		failed.URL = address.Redacted()
		return nil, failed
	}
	return header, nil
}

func (c *Client) exchange(request *http.Request, into any) (http.Header, *Error) {
	response, failed := c.send(request, "application/json")
	if failed != nil {
		return nil, failed
	}
	defer func() { _ = response.Body.Close() }()
	body, err := readBody(response.Body, c.options.MaxBody)
	if err != nil {
		return nil, &Error{Status: response.StatusCode, Err: err}
	}
	return response.Header, decode(response, body, into)
}

func (c *Client) send(request *http.Request, accept string) (*http.Response, *Error) {
	request.Header.Set("Accept", accept)
	if c.options.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.options.Token)
	}
	response, err := c.options.HTTPClient.Do(request)
	if err != nil {
		return nil, &Error{Err: withoutURL(err)}
	}
	return response, nil
}

// errTooLong is wrapped by the error for an answer longer than MaxBody.
var errTooLong = errors.New("answer is too long")

func readBody(r io.Reader, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if int64(len(body)) > limit {
		return nil, fmt.Errorf("%w: more than %d bytes", errTooLong, limit)
	}
	return body, nil
}

func decode(response *http.Response, body []byte, into any) *Error {
	mediaType, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	isJSON := err == nil && mediaType == "application/json"
	if response.StatusCode != http.StatusOK {
		failed := &Error{Status: response.StatusCode}
		var said v1.Error
		if isJSON && json.Unmarshal(body, &said) == nil {
			failed.Code, failed.Message, failed.Details = said.Code, said.Message, said.Details
		}
		return failed
	}
	if !isJSON {
		return &Error{Status: response.StatusCode, Err: fmt.Errorf("answer is %s %w: is a headroom service at this address?", orNothing(mediaType), errNotJSON)}
	}
	if err := json.Unmarshal(body, into); err != nil {
		return &Error{Status: response.StatusCode, Err: fmt.Errorf("read answer as JSON: %w", err)}
	}
	return nil
}

// errNotJSON is wrapped by the error for an answer of another type.
var errNotJSON = errors.New("and not JSON")

func orNothing(mediaType string) string {
	if mediaType == "" {
		return "of no type"
	}
	return mediaType
}

// withoutURL takes the address, which Error says itself and without secrets,
// out of an error of net/http.
func withoutURL(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}
