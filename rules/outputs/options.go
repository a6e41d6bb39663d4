package outputs

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Defaults and bounds of Options.
const (
	// DefaultName begins the names of objects.
	DefaultName = "headroom"
	// DefaultMaxBytes is less than the 256 KiB that an object may have when it
	// goes through kubectl apply, which keeps a copy of it in an annotation.
	DefaultMaxBytes = 200 << 10
	// LeastMaxBytes has room for the rules of any sane objective.
	LeastMaxBytes = 64 << 10
	// MostMaxBytes is what Kubernetes takes in a ConfigMap, and less than etcd
	// takes of any object.
	MostMaxBytes = 1 << 20
)

// Options are how rules are written. Their zero value is a plain rule file of
// Prometheus.
type Options struct {
	Format          Format            // "" is Prometheus
	Name            string            // of objects: what their names begin with; "" is DefaultName
	Namespace       string            // of objects; "" leaves it to whoever applies them
	Labels          map[string]string // of objects, beside ours
	MaxBytes        int               // of one object as JSON; 0 is DefaultMaxBytes
	PartialResponse string            // of Thanos, Abort or Warn; "" is Abort
}

func (o Options) withDefaults() Options {
	o.Format = cmp.Or(o.Format, Prometheus)
	o.Name = cmp.Or(o.Name, DefaultName)
	o.MaxBytes = cmp.Or(o.MaxBytes, DefaultMaxBytes)
	o.PartialResponse = cmp.Or(o.PartialResponse, Abort)
	return o
}

var (
	dnsLabel   = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	objectName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)
	labelPart  = regexp.MustCompile(`^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`)
)

// longestName leaves room for namespace, service and part in an object's name of
// at most 253 characters.
const longestName = 63

func (o Options) validate() error {
	switch {
	case !slices.Contains(Formats(), o.Format):
		return fmt.Errorf("format %q: want one of %v", o.Format, Formats())
	case !objectName.MatchString(o.Name) || len(o.Name) > longestName:
		return fmt.Errorf("name %q: Kubernetes takes a-z, 0-9 and inner dashes and dots; at most %d of them leave room for the service", o.Name, longestName)
	case o.Namespace != "" && !dnsLabel.MatchString(o.Namespace):
		return fmt.Errorf("namespace %q: Kubernetes takes a-z, 0-9 and inner dashes, at most 63 characters", o.Namespace)
	case o.MaxBytes < LeastMaxBytes || o.MaxBytes > MostMaxBytes:
		return fmt.Errorf("size of %d bytes: an object has room for the rules of any objective from %d KiB on, and Kubernetes takes %d KiB", o.MaxBytes, LeastMaxBytes>>10, MostMaxBytes>>10)
	case o.PartialResponse != Abort && o.PartialResponse != Warn:
		return fmt.Errorf("partial response %q: want %s or %s", o.PartialResponse, Abort, Warn)
	}
	for name, value := range o.Labels {
		if err := checkLabel(name, value); err != nil {
			return err
		}
	}
	return nil
}

// checkLabel refuses what Kubernetes does.
func checkLabel(name, value string) error {
	prefix, short, found := strings.Cut(name, "/")
	if !found {
		prefix, short = "", name
	}
	if !labelPart.MatchString(short) || found && (!objectName.MatchString(prefix) || len(prefix) > 253) {
		return fmt.Errorf("label %q: Kubernetes takes no such name", name)
	}
	if value != "" && !labelPart.MatchString(value) {
		return fmt.Errorf("label %s: Kubernetes takes no value such as %q: letters, digits and inner dashes, dots and underscores, at most 63", name, value)
	}
	if name == managedBy {
		return fmt.Errorf("label %s: it says that headroom made the object, and is set already", name)
	}
	return nil
}
