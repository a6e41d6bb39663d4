// Package transport says how headroom's HTTP clients present themselves: with
// headers, basic authentication or a bearer token, and TLS. It is one set of
// options for scrape targets, Alertmanagers and an external Prometheus.
package transport

import (
	"errors"
	"fmt"

	"github.com/prometheus/common/config"
)

// Secret is text that does not show itself; Reveal gives it to the one place
// that hands it to a server.
type Secret interface {
	Reveal() string
}

// Options are how requests authenticate. At most one of basic authentication
// and a bearer token is set; the zero value sends neither. Files are read again
// for each request, so that secrets can be rotated.
type Options struct {
	Headers         map[string]Secret // added to each request
	Username        string
	Password        Secret
	PasswordFile    string
	BearerToken     Secret
	BearerTokenFile string
	TLS             TLS
}

// TLS configures the client side of HTTPS. The zero value trusts the
// certificates of the system. Files are read again when they change.
type TLS struct {
	CAFile             string
	CertFile           string
	KeyFile            string
	ServerName         string
	InsecureSkipVerify bool
}

// Config returns the options in the form of Prometheus's HTTP clients, with
// their defaults. Its error says which options exclude one another.
func (o Options) Config() (config.HTTPClientConfig, error) {
	c := config.DefaultHTTPClientConfig
	c.TLSConfig = config.TLSConfig{
		CAFile:             o.TLS.CAFile,
		CertFile:           o.TLS.CertFile,
		KeyFile:            o.TLS.KeyFile,
		ServerName:         o.TLS.ServerName,
		InsecureSkipVerify: o.TLS.InsecureSkipVerify,
	}
	if o.Username != "" {
		c.BasicAuth = &config.BasicAuth{Username: o.Username, Password: reveal(o.Password), PasswordFile: o.PasswordFile}
	} else if reveal(o.Password) != "" || o.PasswordFile != "" {
		return c, errors.New("a password without a user name")
	}
	if reveal(o.BearerToken) != "" || o.BearerTokenFile != "" {
		c.Authorization = &config.Authorization{Type: "Bearer", Credentials: reveal(o.BearerToken), CredentialsFile: o.BearerTokenFile}
	}
	if len(o.Headers) > 0 {
		c.HTTPHeaders = &config.Headers{Headers: map[string]config.Header{}}
		for name, value := range o.Headers {
			c.HTTPHeaders.Headers[name] = config.Header{Secrets: []config.Secret{reveal(value)}}
		}
	}
	if err := c.Validate(); err != nil {
		return c, fmt.Errorf("authentication: %w", err)
	}
	if err := c.TLSConfig.Validate(); err != nil {
		return c, fmt.Errorf("TLS: %w", err)
	}
	return c, nil
}

func reveal(s Secret) config.Secret {
	if s == nil {
		return ""
	}
	return config.Secret(s.Reveal())
}
