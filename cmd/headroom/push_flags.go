package main

import (
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"headroom/internal/config"
	"headroom/internal/transport"
	"headroom/rules/ruler"
)

// rulerTokenVariable is the environment variable with the bearer token for the
// ruler.
const rulerTokenVariable = "HEADROOM_RULER_TOKEN" //nolint:gosec // the name of a variable

// rulerFlags say which ruler is told, and by whom. Secrets are never flags
// themselves: every process of a machine can read the others' command lines.
type rulerFlags struct {
	url, path, tenant, prefix     string
	tokenFile, user, passwordFile string
	caFile                        string
	headers                       []string
	timeout                       time.Duration
}

func (f *rulerFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.url, "url", "", "`URL` of the ruler, or of what stands before it")
	flags.StringVar(&f.path, "rules-path", ruler.DefaultPath, "`PATH` of the rules there; that of Cortex is /api/v1/rules")
	flags.StringVar(&f.tenant, "tenant", "", "`TENANT` whose rules they are (X-Scope-OrgID)")
	flags.StringVar(&f.prefix, "namespace-prefix", ruler.DefaultPrefix, "`PREFIX` of the namespaces that are headroom's, or this repository's")
	flags.StringVar(&f.tokenFile, "token-file", "", "`FILE` that holds a bearer token (default: the token itself in $"+rulerTokenVariable+")")
	flags.StringVar(&f.user, "user", "", "`NAME` for basic authentication")
	flags.StringVar(&f.passwordFile, "password-file", "", "`FILE` that holds the password of that user")
	flags.StringArrayVar(&f.headers, "header", nil, "`NAME=VALUE` of a header of each request; may be given again")
	flags.StringVar(&f.caFile, "ca-file", "", "`FILE` of the certificates to trust instead of the system's")
	flags.DurationVar(&f.timeout, "timeout", ruler.DefaultTimeout, "`TIME` that an answer may take")
}

func (f *rulerFlags) client() (*ruler.Client, error) {
	if f.url == "" {
		return nil, usagef("no ruler is given: name it as in --url https://mimir.example")
	}
	if err := checkURL("url", f.url); err != nil {
		return nil, err
	}
	where, err := url.Parse(f.url)
	if err != nil {
		return nil, usagef("--url: %s", err)
	}
	if where.User != nil {
		return nil, usagef("--url holds a name or a password that others can read: use --user and --password-file")
	}
	if f.timeout <= 0 {
		return nil, usagef("--timeout %s: give a time above 0, such as 30s", f.timeout)
	}
	headers := map[string]transport.Secret{}
	for _, text := range f.headers {
		name, value, found := strings.Cut(text, "=")
		if !found || name == "" {
			return nil, usagef("--header %q: write NAME=VALUE", text)
		}
		headers[name] = config.NewSecret(value)
	}
	t := transport.Options{
		Headers: headers, Username: f.user, PasswordFile: f.passwordFile, BearerTokenFile: f.tokenFile,
		TLS: transport.TLS{CAFile: f.caFile},
	}
	if token := strings.TrimSpace(os.Getenv(rulerTokenVariable)); token != "" && f.tokenFile == "" && f.user == "" {
		t.BearerToken = config.NewSecret(token)
	}
	client, err := ruler.New(ruler.Options{URL: where, Path: f.path, Tenant: f.tenant, Prefix: f.prefix, Transport: t, Timeout: f.timeout})
	if err != nil {
		return nil, usagef("%s", err)
	}
	return client, nil
}
