package main

import (
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"headroom/internal/config"
	"headroom/internal/promapi"
	"headroom/internal/transport"
)

// prometheusTokenVariable is the environment variable with the bearer token for
// the metrics store that a command asks.
const prometheusTokenVariable = "HEADROOM_PROMETHEUS_TOKEN"

// prometheusFlags say which metrics store a command asks, and who asks. Secrets
// are never flags themselves: every process of a machine can read the others'
// command lines.
type prometheusFlags struct {
	url, tokenFile, user, passwordFile string
	headers                            []string
	timeout                            time.Duration
}

func (f *prometheusFlags) register(flags *pflag.FlagSet, purpose string) {
	flags.StringVar(&f.url, "prometheus", "", "`URL` of Prometheus or what speaks its API, "+purpose)
	flags.StringVar(&f.tokenFile, "prometheus-token-file", "", "`FILE` that holds a bearer token for it (default: the token itself in $"+prometheusTokenVariable+")")
	flags.StringVar(&f.user, "prometheus-user", "", "`NAME` for basic authentication there")
	flags.StringVar(&f.passwordFile, "prometheus-password-file", "", "`FILE` that holds the password of that user")
	flags.StringArrayVar(&f.headers, "prometheus-header", nil, "`NAME=VALUE` of a header for it, such as X-Scope-OrgID=tenant; may be given again")
	flags.DurationVar(&f.timeout, "prometheus-timeout", promapi.DefaultTimeout, "`TIME` that one of its answers may take")
}

// given reports whether a metrics store was named.
func (f *prometheusFlags) given() bool { return f.url != "" }

// client makes the client that the flags describe. The caller closes it.
func (f *prometheusFlags) client() (*promapi.Client, error) {
	where, err := url.Parse(f.url)
	if err != nil {
		return nil, usagef("--prometheus: %q is no URL", f.url)
	}
	o := transport.Options{Username: f.user, PasswordFile: f.passwordFile, BearerTokenFile: f.tokenFile, Headers: map[string]transport.Secret{}}
	if _, set := where.User.Password(); set {
		return nil, usagef("--prometheus: the URL holds a password that others can read: use --prometheus-user and --prometheus-password-file")
	}
	if token := strings.TrimSpace(os.Getenv(prometheusTokenVariable)); token != "" && f.tokenFile == "" && f.user == "" {
		o.BearerToken = config.NewSecret(token)
	}
	for _, h := range f.headers {
		name, value, found := strings.Cut(h, "=")
		if !found || name == "" {
			return nil, usagef("--prometheus-header %q: write NAME=VALUE, such as X-Scope-OrgID=tenant", h)
		}
		o.Headers[name] = config.NewSecret(value)
	}
	if f.timeout <= 0 {
		return nil, usagef("--prometheus-timeout %v: write a time above 0, such as 30s", f.timeout)
	}
	c, err := promapi.New(promapi.Options{URL: where, Transport: o, Timeout: f.timeout})
	if err != nil {
		return nil, usagef("--prometheus: %s", err)
	}
	return c, nil
}
