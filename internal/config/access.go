package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"headroom/internal/strictyaml"
	"headroom/slo"
)

// Webhook takes the deliveries of one sender in at /webhooks/{name}.
type Webhook struct {
	Name       string
	Source     string // of WebhookSources
	Secret     Secret // empty when SecretFile is set
	SecretFile string // read at each delivery
	MaxBody    int64  // in bytes
}

// Bounds of webhooks.
const (
	DefaultMaxBody  = 1 << 20    // bytes of a delivery
	maxMaxBody      = 25_000_000 // what GitHub sends at most
	minMaxBody      = 1 << 10
	MinSecretLength = 16 // characters of a webhook's secret
)

// WebhookSources lists the senders that webhooks understand.
func WebhookSources() []string { return []string{"github"} }

func (r *reader) webhooks(list []webhookFile) (hooks []Webhook) {
	for _, f := range list {
		h := Webhook{
			Name:       r.name(f.Name, "a webhook"),
			Source:     f.Source.V,
			Secret:     f.Secret.V,
			SecretFile: r.existing(f.SecretFile),
			MaxBody:    int64(f.MaxBody.V),
		}
		if !f.MaxBody.IsSet() {
			h.MaxBody = DefaultMaxBody
		}
		if !slices.Contains(WebhookSources(), h.Source) {
			r.report(f.Source.Node, checkValue, fmt.Sprintf("source %q is not known", h.Source), "write one of "+strings.Join(WebhookSources(), ", "))
		}
		switch {
		case f.Secret.IsSet() && f.SecretFile.IsSet():
			r.report(f.SecretFile.Key, checkConflict, "secret and secret_file exclude one another", "keep secret_file")
		case !f.Secret.IsSet() && !f.SecretFile.IsSet():
			r.report(f.Name.Node, checkValue, fmt.Sprintf("webhook %s has no secret", h.Name), "write secret_file: the file with the secret that the sender signs with")
		case f.Secret.IsSet() && len(h.Secret.Reveal()) < MinSecretLength:
			r.report(f.Secret.Node, checkValue, fmt.Sprintf("the secret is shorter than %d characters", MinSecretLength), "make one with openssl rand -hex 32, and give it to the sender, too")
		}
		for _, other := range hooks {
			if other.Name == h.Name {
				r.report(f.Name.Node, checkConflict, fmt.Sprintf("webhook %s is given twice", h.Name), "give each webhook a name of its own, which is the end of its address")
			}
		}
		hooks = append(hooks, h)
	}
	return hooks
}

// name reads the name of a token or of a webhook, which is part of an address.
func (r *reader) name(v strictyaml.Value[string], of string) string {
	if !slo.ValidName(v.V) {
		r.report(v.Node, checkValue, fmt.Sprintf("%q is no name for %s", v.V, of), fmt.Sprintf("use a-z, 0-9 and inner dashes, at most %d characters", slo.MaxNameLength))
	}
	if of == "a token" && v.V == byFiles {
		r.report(v.Node, checkValue, fmt.Sprintf("%q is who declares the corrections of files", v.V), "give the token another name: who approves must not be taken for them")
	}
	return v.V
}

// byFiles is the author of corrections that files declare.
const byFiles = "files"

// byteSize is a number of bytes, such as 1MiB or 25MB.
type byteSize int64

var sizeForm = regexp.MustCompile(`^([0-9]{1,9}) ?(kB|KB|KiB|MB|MiB|GB|GiB)$`)

// UnmarshalText reads a number with a unit, within the bounds of max_body; its
// error is a *strictyaml.Fault.
func (b *byteSize) UnmarshalText(text []byte) error {
	const hint = "write a size such as 512KiB, 1MiB or 25MB"
	n, ok := parseSize(string(text))
	if !ok {
		return fault("this is not a size", hint)
	}
	if n < minMaxBody || n > maxMaxBody {
		return fault("the size is out of bounds", "write a size from 1KiB to 25MB")
	}
	*b = byteSize(n)
	return nil
}

// parseSize reads a number of bytes with a unit.
func parseSize(text string) (n int64, ok bool) {
	parts := sizeForm.FindStringSubmatch(text)
	if parts == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return 0, false
	}
	unit := map[string]int64{"kB": 1e3, "KB": 1e3, "KiB": 1 << 10, "MB": 1e6, "MiB": 1 << 20, "GB": 1e9, "GiB": 1 << 30}[parts[2]]
	return n * unit, true
}
