package alertmanager

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"headroom/alerting"
)

// Receivers says who gets which alerts: the names of Alertmanager's receivers by
// severity, for all and for single owners.
type Receivers struct {
	Default map[string]string            `yaml:"default"`
	Owners  map[string]map[string]string `yaml:"owners"`
}

// ReadReceivers reads receivers from YAML:
//
//	default: {page: on-call, ticket: inbox}
//	owners:
//	  team-payments: {page: payments-pager}
func ReadReceivers(text []byte) (Receivers, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var r Receivers
	if err := decoder.Decode(&r); err != nil && !errors.Is(err, io.EOF) {
		return Receivers{}, err
	}
	for _, of := range append(slices.Collect(maps.Values(r.Owners)), r.Default) {
		for severity, name := range of {
			if name == "" {
				return Receivers{}, fmt.Errorf("severity %s: the name of a receiver is empty", severity)
			}
		}
	}
	return r, nil
}

// Set adds one receiver, written as [OWNER/]SEVERITY=RECEIVER.
func (r *Receivers) Set(text string) error {
	what, name, found := strings.Cut(text, "=")
	at := strings.LastIndexByte(what, '/')
	severity := what[at+1:]
	if !found || name == "" || severity == "" || at == 0 {
		return fmt.Errorf("%q: write [OWNER/]SEVERITY=RECEIVER, such as page=on-call or team-payments/page=payments", text)
	}
	if at < 0 {
		if r.Default == nil {
			r.Default = map[string]string{}
		}
		r.Default[severity] = name
		return nil
	}
	owner := what[:at]
	if r.Owners == nil {
		r.Owners = map[string]map[string]string{}
	}
	if r.Owners[owner] == nil {
		r.Owners[owner] = map[string]string{}
	}
	r.Owners[owner][severity] = name
	return nil
}

// missedKey stands where a severity does for who runs Prometheus.
const missedKey = string(alerting.RulesMissed)

// Check reports severities of alerts that have no receiver for all owners, and
// receivers of severities that no alert has: either way, alerts would go where
// nobody expects them. Without any receivers everything is left open.
func (r Receivers) Check(a Alerts) error {
	if len(r.Default) == 0 && len(r.Owners) == 0 {
		return nil
	}
	have := "alerts have " + strings.Join(a.Severities, " and ")
	var errs []error
	for _, severity := range a.Severities {
		if r.Default[severity] == "" {
			errs = append(errs, fmt.Errorf("there is no receiver for the severity %s, which alerts have: name one, as %s=RECEIVER", severity, severity))
		}
	}
	for _, severity := range slices.Sorted(maps.Keys(r.Default)) {
		if severity != missedKey && !slices.Contains(a.Severities, severity) {
			errs = append(errs, fmt.Errorf("no alert has the severity %s of the receiver %s: %s", severity, r.Default[severity], have))
		}
	}
	for _, owner := range slices.Sorted(maps.Keys(r.Owners)) {
		for _, severity := range slices.Sorted(maps.Keys(r.Owners[owner])) {
			if !slices.Contains(a.Severities, severity) {
				errs = append(errs, fmt.Errorf("no alert has the severity %s of the receiver %s of %s: %s", severity, r.Owners[owner][severity], owner, have))
			}
		}
	}
	return errors.Join(errs...)
}

// of is the receiver of a severity where no owner says otherwise.
func (r Receivers) of(severity string) string {
	if name := r.Default[severity]; name != "" {
		return name
	}
	return "headroom-" + severity
}

// Unknown names the owners that no objective has, and Unmapped those of
// objectives that have no receivers of their own.
func (r Receivers) Unknown(a Alerts) []string { return missing(r.Owners, a.Owners) }

// Unmapped names the owners of objectives that have no receivers of their own.
func (r Receivers) Unmapped(a Alerts) []string {
	return slices.DeleteFunc(missing(a.Owners, r.Owners), func(owner string) bool { return owner == "" })
}

// missing are the keys of one map that another does not have.
func missing[A, B any](of map[string]A, in map[string]B) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		if _, known := in[name]; !known {
			names = append(names, name)
		}
	}
	return names
}
