package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"headroom/internal/strictyaml"
)

// Checks of the values that this package reads itself.
const (
	checkValue    = "config-value"
	checkConflict = "config-conflict"
	checkFile     = "config-file"
)

// address is where the service listens: host:port, where the host may be empty
// and the port 0.
type address string

// UnmarshalText checks the form; its error is a *strictyaml.Fault.
func (a *address) UnmarshalText(text []byte) error {
	s := string(text)
	if _, err := splitAddress(s); err != nil {
		return fault(fmt.Sprintf("%q is not host:port: %s", s, err), "write an address such as "+DefaultListen+", or :9876 for every interface")
	}
	*a = address(s)
	return nil
}

// hostPort is a server to scrape.
type hostPort string

// UnmarshalText checks the form; its error is a *strictyaml.Fault.
func (h *hostPort) UnmarshalText(text []byte) error {
	s := string(text)
	if strings.Contains(s, "/") {
		return fault(fmt.Sprintf("%q is not host:port", s), "write host:port alone; scheme: and path: say the rest")
	}
	host, err := splitAddress(s)
	if err == nil && host == "" {
		err = errors.New("the host is missing")
	}
	if err != nil {
		return fault(fmt.Sprintf("%q is not host:port: %s", s, err), "write a target such as shop.example:8080")
	}
	*h = hostPort(s)
	return nil
}

func splitAddress(s string) (host string, err error) {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", errors.New("the port is missing, or an IPv6 address is not in brackets")
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", fmt.Errorf("the port %q is not a number up to 65535", port)
	}
	if strings.ContainsAny(host, " \t\r\n") {
		return "", errors.New("the host has white space")
	}
	return host, nil
}

// httpURL is the base of a server's API.
type httpURL struct {
	url *url.URL
}

// UnmarshalText checks the form; its error is a *strictyaml.Fault and names no
// part of the URL, which may hold a password.
func (h *httpURL) UnmarshalText(text []byte) error {
	parsed, err := url.Parse(string(text))
	switch {
	case err != nil:
		return fault("this is not a URL", "write a URL such as http://prometheus.example:9090")
	case parsed.Scheme != "http" && parsed.Scheme != "https":
		return fault("the URL does not begin with http:// or https://", "write a URL such as http://prometheus.example:9090")
	case parsed.Hostname() == "":
		return fault("the URL has no host", "write a URL such as http://prometheus.example:9090")
	case parsed.User != nil:
		return fault("the URL holds a user or a password", "remove them: URLs are shown in logs; where a password is needed, basic_auth takes it")
	case parsed.RawQuery != "" || parsed.Fragment != "" || parsed.ForceQuery:
		return fault("the URL has a query or a fragment", "end the URL before ? and #")
	}
	h.url = parsed
	return nil
}

func fault(message, hint string) error {
	return &strictyaml.Fault{Check: checkValue, Message: message, Hint: hint}
}
