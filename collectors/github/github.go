// Package github reads the webhooks of GitHub: each attempt of a workflow run
// is a pipeline event.
package github

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"strings"

	"headroom/collectors"
	"headroom/slo/event"
)

// Name is the source of the events.
const Name = "github"

// Source reads webhooks that were signed with one secret.
type Source struct {
	secret func() (string, error)
}

var _ collectors.Source = (*Source)(nil)

// New returns a source. The secret is asked for at each delivery, so that it
// can be replaced; an empty one refuses every delivery.
func New(secret func() (string, error)) *Source { return &Source{secret: secret} }

// Name returns "github".
func (s *Source) Name() string { return Name }

// Read verifies X-Hub-Signature-256 and reads the event that X-GitHub-Event
// names: workflow_run, and ping, which is ignored.
func (s *Source) Read(header collectors.Header, body []byte) ([]event.Event, error) {
	if err := s.verify(header.Get("X-Hub-Signature-256"), body); err != nil {
		return nil, err
	}
	name := header.Get("X-GitHub-Event")
	switch name {
	case "":
		return nil, fmt.Errorf("%w: the header X-GitHub-Event is missing", collectors.ErrMalformed)
	case "ping":
		return nil, fmt.Errorf("%w: ping understood, the secrets agree", collectors.ErrIgnored)
	case "workflow_run":
	default:
		return nil, fmt.Errorf("%w: events of the type %q; let the webhook send workflow runs only", collectors.ErrUnsupported, clip(name, 64))
	}
	if mediaType, _, err := mime.ParseMediaType(header.Get("Content-Type")); err != nil || mediaType != "application/json" {
		return nil, fmt.Errorf("%w: set the webhook's content type to application/json", collectors.ErrMalformed)
	}
	e, err := readRun(body)
	if err != nil {
		return nil, err
	}
	if err := e.Validate(); err != nil {
		return nil, fmt.Errorf("%w: %w", collectors.ErrMalformed, err)
	}
	return []event.Event{e}, nil
}

// verify compares in constant time. The answer does not tell a wrong signature
// from one that cannot be read.
func (s *Source) verify(signature string, body []byte) error {
	secret, err := s.secret()
	if err != nil {
		return fmt.Errorf("read the secret of the webhook: %w", err)
	}
	if secret == "" {
		return errors.New("read the secret of the webhook: it is empty")
	}
	if signature == "" {
		return fmt.Errorf("%w: the header X-Hub-Signature-256 is missing: give the webhook its secret", collectors.ErrUnauthenticated)
	}
	claimed, err := hex.DecodeString(strings.TrimPrefix(signature, scheme))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	if err != nil || !strings.HasPrefix(signature, scheme) || !hmac.Equal(claimed, mac.Sum(nil)) {
		return fmt.Errorf("%w: the signature does not match: the webhook's secret is not the one that headroom has", collectors.ErrUnauthenticated)
	}
	return nil
}

const scheme = "sha256="

// Sign returns the value of X-Hub-Signature-256 for a body. Form:
// docs.github.com, "Validating webhook deliveries".
func Sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return scheme + hex.EncodeToString(mac.Sum(nil))
}
