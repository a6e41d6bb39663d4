package config

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"headroom/internal/strictyaml"
)

// Bounds of the embedded engine's times.
const (
	minRetention      = 2 * time.Hour // one block of Prometheus's storage
	maxRetention      = 10 * 365 * 24 * time.Hour
	minScrapeInterval = 100 * time.Millisecond
	maxScrapeInterval = 5 * time.Minute
)

func (r *reader) engine(f engineFile) *Engine {
	e := &Engine{Retention: r.duration(f.Retention, "engine.retention", DefaultRetention, minRetention, maxRetention)}
	jobs := map[string]bool{}
	for _, s := range f.Scrape {
		if jobs[s.Job.V] {
			r.report(s.Job.Node, checkConflict, fmt.Sprintf("job %q is given twice", s.Job.V), "give each scrape job a name of its own; one job may have several targets")
		}
		jobs[s.Job.V] = true
		e.Scrape = append(e.Scrape, r.scrape(s))
	}
	return e
}

func (r *reader) scrape(f scrapeFile) Scrape {
	s := Scrape{
		Job:      f.Job.V,
		Path:     "/metrics",
		Scheme:   r.oneOf(f.Scheme, "scheme", "http", []string{"http", "https"}),
		Interval: r.duration(f.Interval, "interval", DefaultScrapeInterval, minScrapeInterval, maxScrapeInterval),
		Labels:   r.labels(f.Labels),
	}
	s.Timeout = r.duration(f.Timeout, "timeout", min(DefaultScrapeTimeout, s.Interval), 10*time.Millisecond, s.Interval)
	s.Auth, s.TLS = r.auth(f.authFile), r.tls(f.TLS)
	if strings.TrimSpace(f.Job.V) == "" {
		r.report(f.Job.Node, checkValue, "the job has no name", "write the value of the label job")
	}
	if f.Path.IsSet() {
		s.Path = f.Path.V
		if !strings.HasPrefix(s.Path, "/") {
			r.report(f.Path.Node, checkValue, fmt.Sprintf("path %q does not begin with /", s.Path), "write a path such as /metrics")
		}
	}
	if len(f.Targets.V) == 0 {
		r.report(f.Targets.Node, checkValue, "the job has no targets", "write targets: [host:port]")
	}
	for _, target := range f.Targets.V {
		s.Targets = append(s.Targets, string(target.V))
	}
	return s
}

var labelName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

func (r *reader) labels(pairs strictyaml.Map[string]) map[string]string {
	if len(pairs) == 0 {
		return nil
	}
	labels := make(map[string]string, len(pairs))
	for _, p := range pairs {
		switch {
		case !labelName.MatchString(p.Name):
			r.report(p.Key, checkValue, fmt.Sprintf("%q is not a label name", p.Name), "use letters, digits and _, and no digit first")
		case strings.HasPrefix(p.Name, "__"):
			r.report(p.Key, checkValue, fmt.Sprintf("label %s is reserved", p.Name), "labels that begin with __ belong to Prometheus; choose another name")
		}
		labels[p.Name] = p.Value
	}
	return labels
}

var headerName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

func (r *reader) headers(pairs strictyaml.Map[Secret]) map[string]Secret {
	if len(pairs) == 0 {
		return nil
	}
	headers := make(map[string]Secret, len(pairs))
	for _, p := range pairs {
		switch {
		case !headerName.MatchString(p.Name):
			r.report(p.Key, checkValue, "this is not a header name", "use letters, digits and -, as in X-Scope-OrgID")
		case strings.EqualFold(p.Name, "Authorization"):
			r.report(p.Key, checkConflict, "header Authorization", "write basic_auth or bearer_token instead")
		case strings.ContainsAny(p.Value.Reveal(), "\r\n\x00"):
			r.report(p.Key, checkValue, "the header's value has more than one line", "write it on one line")
		}
		headers[p.Name] = p.Value
	}
	return headers
}

func (r *reader) auth(f authFile) Auth {
	a := Auth{
		Username:        f.BasicAuth.V.Username.V,
		Password:        f.BasicAuth.V.Password.V,
		PasswordFile:    r.existing(f.BasicAuth.V.PasswordFile),
		BearerToken:     f.BearerToken.V,
		BearerTokenFile: r.existing(f.BearerTokenFile),
	}
	if f.BasicAuth.V.Password.IsSet() && f.BasicAuth.V.PasswordFile.IsSet() {
		r.report(f.BasicAuth.V.PasswordFile.Key, checkConflict, "password and password_file exclude one another", "keep password_file")
	}
	if f.BearerToken.IsSet() && f.BearerTokenFile.IsSet() {
		r.report(f.BearerTokenFile.Key, checkConflict, "bearer_token and bearer_token_file exclude one another", "keep bearer_token_file")
	}
	if f.BasicAuth.IsSet() && (f.BearerToken.IsSet() || f.BearerTokenFile.IsSet()) {
		r.report(f.BasicAuth.Key, checkConflict, "basic_auth and a bearer token exclude one another", "keep the one that the server asks for")
	}
	return a
}

func (r *reader) tls(v strictyaml.Value[tlsFile]) TLS {
	f := v.V
	if f.CertFile.IsSet() != f.KeyFile.IsSet() {
		r.report(v.Key, checkConflict, "cert_file and key_file are needed together", "write both, or neither")
	}
	return TLS{
		CAFile:             r.existing(f.CAFile),
		CertFile:           r.existing(f.CertFile),
		KeyFile:            r.existing(f.KeyFile),
		ServerName:         f.ServerName,
		InsecureSkipVerify: f.InsecureSkipVerify,
	}
}

// existing resolves the path of a file that must be there.
func (r *reader) existing(v strictyaml.Value[string]) string {
	p := r.path(v, "")
	if p == "" {
		return ""
	}
	info, err := os.Stat(p)
	switch {
	case err != nil:
		r.report(v.Node, checkFile, fmt.Sprintf("file %s cannot be read", v.V), "write the path of an existing file, relative to this configuration's directory")
	case info.IsDir():
		r.report(v.Node, checkFile, fmt.Sprintf("%s is a directory", v.V), "write the path of a file")
	}
	return p
}
