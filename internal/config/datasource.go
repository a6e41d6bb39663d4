package config

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"headroom/internal/strictyaml"
	"headroom/slo"
)

// Datasource is one of several metrics stores: a Prometheus, or what answers as
// one does.
type Datasource struct {
	Prometheus

	Name string
	// Target is the dialect of its rules.
	Target string
	// Objectives says which objectives are read from it. Each is read from the
	// first datasource of the configuration that selects it.
	Objectives Selector
}

// Prometheus configures an external Prometheus: it evaluates the rules that
// headroom gives to it, and headroom reads from its API.
type Prometheus struct {
	URL       *url.URL
	RulesFile string // "" when the rules are delivered by other means
	Reload    bool   // POST /-/reload after RulesFile was written
	Ruler     *Ruler // takes the rules instead of a file; nil when none does
	Tenant    string // whose series are read; "" where there are no tenants
	Headers   map[string]Secret
	Timeout   time.Duration // of one request
	Delay     time.Duration // how long samples take until queries see them
	Late      time.Duration // how late single samples may come; 0: they do not
	Auth      Auth
	TLS       TLS
}

// Ruler takes rules over HTTP, as those of Mimir and Cortex do.
type Ruler struct {
	URL             *url.URL
	RulesPath       string // "" is Mimir's
	Tenant          string // "" where there are no tenants
	NamespacePrefix string // of the ruler's namespaces that are headroom's, ends in "/"; "" is headroom/
	Prune           bool   // groups of headroom's that no objective has are deleted
	Headers         map[string]Secret
	Timeout         time.Duration
	Auth            Auth
	TLS             TLS
}

// Selector says which objectives are meant: all that is given must match. The
// zero value selects all.
type Selector struct {
	Namespaces []string
	Services   []string // "namespace/name"
	Owners     []string
	Labels     map[string]string // of the objective or its service
}

// All reports whether the selector selects every objective.
func (s *Selector) All() bool {
	return len(s.Namespaces)+len(s.Services)+len(s.Owners)+len(s.Labels) == 0
}

// Matches reports whether the selector selects an objective.
func (s *Selector) Matches(o *slo.Objective) bool {
	for name, value := range s.Labels {
		if got, found := o.Labels[name]; !found || got != value {
			return false
		}
	}
	return (len(s.Namespaces) == 0 || slices.Contains(s.Namespaces, o.ID.Namespace)) &&
		(len(s.Services) == 0 || slices.Contains(s.Services, o.Service())) &&
		(len(s.Owners) == 0 || slices.Contains(s.Owners, o.Owner))
}

// SimpleName is the name of the one datasource that prometheus configures.
const SimpleName = "prometheus"

// Stores returns the external metrics stores in their order: those under
// datasources, or the one under prometheus. There are none with the embedded
// engine.
func (c *Config) Stores() []Datasource {
	if c.Prometheus == nil {
		return c.Datasources
	}
	return []Datasource{{Prometheus: *c.Prometheus, Name: SimpleName, Target: c.Target}}
}

// TenantHeader says whose series or rules are meant in Mimir, Cortex and Thanos.
const TenantHeader = "X-Scope-OrgID"

// maxDelay bounds Prometheus.Delay: what is later than the longest resolution
// is late data and not a slow store.
const maxDelay = slo.MaxResolution

// maxLate bounds Prometheus.Late.
const maxLate = 7 * 24 * time.Hour

type datasourceFile struct {
	Name       strictyaml.Value[string]       `yaml:"name,required" example:"name: europe"`
	Target     strictyaml.Value[string]       `yaml:"target"`
	Objectives strictyaml.Value[selectorFile] `yaml:"objectives"`
	prometheusFile
}

type prometheusFile struct {
	URL       strictyaml.Value[httpURL]       `yaml:"url,required" example:"url: http://prometheus.example:9090"`
	RulesFile strictyaml.Value[string]        `yaml:"rules_file"`
	Reload    strictyaml.Value[bool]          `yaml:"reload"`
	Ruler     strictyaml.Value[rulerFile]     `yaml:"ruler"`
	Tenant    strictyaml.Value[string]        `yaml:"tenant"`
	Headers   strictyaml.Map[Secret]          `yaml:"headers"`
	Timeout   strictyaml.Value[time.Duration] `yaml:"timeout"`
	Delay     strictyaml.Value[time.Duration] `yaml:"delay"`
	Late      strictyaml.Value[time.Duration] `yaml:"late"`
	authFile
}

type rulerFile struct {
	URL             strictyaml.Value[httpURL]       `yaml:"url"`
	RulesPath       strictyaml.Value[string]        `yaml:"rules_path"`
	Tenant          strictyaml.Value[string]        `yaml:"tenant"`
	NamespacePrefix strictyaml.Value[string]        `yaml:"namespace_prefix"`
	Prune           strictyaml.Value[bool]          `yaml:"prune"`
	Headers         strictyaml.Map[Secret]          `yaml:"headers"`
	Timeout         strictyaml.Value[time.Duration] `yaml:"timeout"`
	authFile
}

type selectorFile struct {
	Namespaces strictyaml.Value[[]strictyaml.Value[string]] `yaml:"namespaces"`
	Services   strictyaml.Value[[]strictyaml.Value[string]] `yaml:"services"`
	Owners     strictyaml.Value[[]strictyaml.Value[string]] `yaml:"owners"`
	Labels     strictyaml.Map[string]                       `yaml:"labels"`
}

func (r *reader) datasources(v strictyaml.Value[[]datasourceFile], target string) (list []Datasource) {
	if v.IsSet() && len(v.V) == 0 {
		r.report(v.Node, checkValue, "no datasources", "name one, or remove the key: the embedded engine is used then")
	}
	for _, f := range v.V {
		d := Datasource{
			Prometheus: r.external(f.prometheusFile), Name: r.name(f.Name, "a datasource"),
			Target: r.oneOf(f.Target, "target", target, Targets()), Objectives: r.selector(f.Objectives),
		}
		r.beside(f, &d, list)
		list = append(list, d)
	}
	return list
}

// beside reports what a datasource has in common with those before it.
func (r *reader) beside(f datasourceFile, d *Datasource, before []Datasource) {
	for i := range before {
		switch other := &before[i]; {
		case other.Name == d.Name:
			r.report(f.Name.Node, checkConflict, fmt.Sprintf("datasource %s is given twice", d.Name), "give each a name of its own, so that statuses and metrics tell them apart")
			return
		case other.Objectives.All():
			r.report(f.Name.Node, checkConflict, fmt.Sprintf("nothing is read from %s, since %s before it has every objective", d.Name, other.Name), "write which objectives "+other.Name+" has, or put it last")
			return
		case d.RulesFile != "" && other.RulesFile == d.RulesFile:
			r.report(f.RulesFile.Node, checkConflict, fmt.Sprintf("%s writes to this file, too", other.Name), "name a file for each datasource: it has the rules of its objectives alone")
		}
	}
}

func (r *reader) prometheus(v strictyaml.Value[prometheusFile]) *Prometheus {
	if !v.IsSet() {
		return nil
	}
	p := r.external(v.V)
	return &p
}

func (r *reader) external(f prometheusFile) Prometheus {
	p := Prometheus{
		URL:       f.URL.V.url,
		RulesFile: r.path(f.RulesFile, ""),
		Reload:    !f.Reload.IsSet() || f.Reload.V,
		Tenant:    r.tenant(f.Tenant),
		Headers:   r.headers(f.Headers),
		Timeout:   r.duration(f.Timeout, "timeout", DefaultTimeout, 100*time.Millisecond, 10*time.Minute),
		Delay:     r.duration(f.Delay, "delay", 0, 0, maxDelay),
		Late:      r.duration(f.Late, "late", 0, 0, maxLate),
		Auth:      r.auth(f.authFile),
		TLS:       r.tls(f.TLS),
	}
	if f.Reload.IsSet() && f.Reload.V && !f.RulesFile.IsSet() {
		r.report(f.Reload.Key, checkConflict, "reload without rules_file", "write rules_file: the file of rules that Prometheus loads")
	}
	p.Reload = p.Reload && p.RulesFile != ""
	r.oneTenant(f.Tenant, f.Headers)
	if f.Ruler.IsSet() {
		if f.RulesFile.IsSet() {
			r.report(f.Ruler.Key, checkConflict, "rules_file and ruler exclude one another", "keep one: rules must not be evaluated twice")
		}
		p.Ruler = r.ruler(f.Ruler.V, &p)
		if strings.Contains(p.Ruler.Tenant, "|") {
			r.report(f.Ruler.Key, checkValue, "rules belong to one tenant", "write ruler.tenant: the one that they are kept for")
		}
	}
	return p
}

// ruler reads where rules are pushed to. What it does not say of itself is as
// the datasource has it.
func (r *reader) ruler(f rulerFile, of *Prometheus) *Ruler {
	u := &Ruler{
		URL:             f.URL.V.url,
		RulesPath:       f.RulesPath.V,
		Tenant:          of.Tenant,
		NamespacePrefix: f.NamespacePrefix.V,
		Prune:           !f.Prune.IsSet() || f.Prune.V,
		Headers:         of.Headers,
		Timeout:         r.duration(f.Timeout, "ruler.timeout", of.Timeout, 100*time.Millisecond, 10*time.Minute),
		Auth:            of.Auth,
		TLS:             of.TLS,
	}
	if !f.URL.IsSet() && of.URL != nil {
		u.URL = &url.URL{Scheme: of.URL.Scheme, Host: of.URL.Host}
	}
	if f.Tenant.IsSet() {
		u.Tenant = r.tenant(f.Tenant)
	}
	if len(f.Headers) > 0 {
		u.Headers = r.headers(f.Headers)
	}
	if f.BasicAuth.IsSet() || f.BearerToken.IsSet() || f.BearerTokenFile.IsSet() {
		u.Auth = r.auth(f.authFile)
	}
	if f.TLS.IsSet() {
		u.TLS = r.tls(f.TLS)
	}
	if f.RulesPath.IsSet() && !strings.HasPrefix(u.RulesPath, "/") {
		r.report(f.RulesPath.Node, checkValue, fmt.Sprintf("rules_path %q does not begin with /", u.RulesPath), "write /prometheus/config/v1/rules for Mimir, /api/v1/rules for Cortex")
	}
	if p := u.NamespacePrefix; f.NamespacePrefix.IsSet() && (!strings.HasSuffix(p, "/") || strings.HasPrefix(p, "/")) {
		r.report(f.NamespacePrefix.Node, checkValue, fmt.Sprintf("%q is no prefix of namespaces", p), "end it with a slash and begin it with none, such as headroom/")
	}
	r.oneTenant(f.Tenant, f.Headers)
	return u
}

func (r *reader) oneTenant(tenant strictyaml.Value[string], headers strictyaml.Map[Secret]) {
	for _, h := range headers {
		if tenant.IsSet() && strings.EqualFold(h.Name, TenantHeader) {
			r.report(tenant.Key, checkConflict, "tenant and the header "+TenantHeader+" exclude one another", "keep tenant")
		}
	}
}

// tenantForm is what Mimir allows in the names of tenants, and | between
// several.
var tenantForm = regexp.MustCompile(`^[A-Za-z0-9!\-_.*'()|]{1,512}$`)

func (r *reader) tenant(v strictyaml.Value[string]) string {
	if v.IsSet() && !tenantForm.MatchString(v.V) {
		r.report(v.Node, checkValue, fmt.Sprintf("%q is no tenant", v.V), "use letters, digits and !-_.*'(), and | between several tenants that are read together")
	}
	return v.V
}

func (r *reader) selector(v strictyaml.Value[selectorFile]) Selector {
	f := v.V
	s := Selector{
		Namespaces: r.words(f.Namespaces, slo.ValidName, "a namespace", "write a name as specs declare it"),
		Owners:     r.words(f.Owners, func(name string) bool { return strings.TrimSpace(name) != "" }, "an owner", "write an owner as specs declare it"),
		Labels:     r.labels(f.Labels),
	}
	s.Services = r.words(f.Services, func(name string) bool { _, _, err := slo.ParseService(name); return err == nil }, "a service", "write it as namespace/name")
	for i, name := range s.Services {
		if namespace, service, err := slo.ParseService(name); err == nil {
			s.Services[i] = namespace + "/" + service
		}
	}
	if v.IsSet() && s.All() {
		r.report(v.Key, checkValue, "objectives selects nothing", "write namespaces, services, owners or labels, or remove the key: the datasource then has all that those before it have not")
	}
	return s
}

// words reads a list of names, each given once.
func (r *reader) words(v strictyaml.Value[[]strictyaml.Value[string]], valid func(string) bool, what, hint string) (list []string) {
	for _, w := range v.V {
		switch {
		case !valid(w.V):
			r.report(w.Node, checkValue, fmt.Sprintf("%q is not %s", w.V, what), hint)
		case slices.Contains(list, w.V):
			r.report(w.Node, checkConflict, fmt.Sprintf("%q is given twice", w.V), "name it once")
		}
		list = append(list, w.V)
	}
	return list
}
