package main

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"headroom/api/client"
	"headroom/internal/config"
)

// Environment variables that say where the service is and who asks.
const (
	urlVariable   = "HEADROOM_URL"
	tokenVariable = "HEADROOM_TOKEN"
)

// serviceFlags say which service is meant and who asks. A token is never a
// flag itself: every process of a machine can read the others' command lines.
type serviceFlags struct {
	url, tokenFile string
}

func (f *serviceFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.url, "url", "", "`URL` of the service (default $"+urlVariable+", else http://"+config.DefaultListen+")")
	flags.StringVar(&f.tokenFile, "token-file", "", "`FILE` that holds the token (default: the token itself in $"+tokenVariable+")")
}

func (f *serviceFlags) address() string {
	return cmp.Or(f.url, os.Getenv(urlVariable), "http://"+config.DefaultListen)
}

// token returns the token, "" when there is none.
func (f *serviceFlags) token() (string, error) {
	if f.tokenFile == "" {
		return strings.TrimSpace(os.Getenv(tokenVariable)), nil
	}
	text, err := os.ReadFile(f.tokenFile)
	if err != nil {
		return "", fmt.Errorf("read the token: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// client makes a client of the service whose requests may take so long; 0 is
// the client's own bound.
func (f *serviceFlags) client(timeout time.Duration) (*client.Client, error) {
	token, err := f.token()
	if err != nil {
		return nil, err
	}
	service, err := client.New(f.address(), client.Options{Token: token, Timeout: timeout})
	if err != nil {
		return nil, usagef("--url: %s", err)
	}
	return service, nil
}
