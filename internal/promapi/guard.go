package promapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
)

// errorBytes is how much of an answer that is an error is read.
const errorBytes = 4 << 10

// guard stands between the API client and the network: it bounds answers, and
// turns those that only confuse the API client into errors.
type guard struct {
	next     http.RoundTripper
	maxBytes int64
}

// RoundTrip implements http.RoundTripper.
func (g guard) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := g.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode/100 == 2 {
		response.Body = &bounded{ReadCloser: response.Body, left: g.maxBytes, most: g.maxBytes}
		return response, nil
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, errorBytes))
	err = errors.Join(err, response.Body.Close())
	if refused := fromStatus(response, body); refused != nil {
		return nil, refused
	}
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	response.Body = &kept{rest: body}
	return response, nil
}

// CloseIdleConnections passes the call of http.Client on.
func (g guard) CloseIdleConnections() {
	if closer, ok := g.next.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}

// bounded is a body that ends with an error after a number of bytes.
type bounded struct {
	io.ReadCloser
	left, most int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n, &Error{Kind: KindTooLarge, Message: fmt.Sprintf("the answer has more than %d bytes: ask for less at once", b.most)}
	}
	return n, err
}

// kept is a body that was read already.
type kept struct {
	rest []byte
}

func (k *kept) Read(p []byte) (int, error) {
	if len(k.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, k.rest)
	k.rest = k.rest[n:]
	return n, nil
}

func (k *kept) Close() error { return nil }
