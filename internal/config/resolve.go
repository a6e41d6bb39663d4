package config

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"headroom/internal/strictyaml"
	"headroom/slo"
)

// resolve fills in every default and checks every bound. With nothing written
// it gives the defaults and reports nothing.
func (r *reader) resolve(f *file) Config {
	c := Default()
	if f.Listen.IsSet() {
		c.Listen = string(f.Listen.V)
	}
	c.DataDir = r.path(f.DataDir, DefaultDataDir)
	c.ExternalURL = f.ExternalURL.V.url
	c.DashboardURL, c.RunbookURL = r.link(f.DashboardURL, dashboardPlaceholders), r.link(f.RunbookURL, runbookPlaceholders)
	c.Specs = r.specs(f.Specs)
	c.Defaults, c.Policies = r.paths(f.Defaults), r.paths(f.Policies)
	c.Templates, c.Plans = r.paths(f.Templates), r.paths(f.Plans)
	c.Corrections = r.paths(f.Corrections)
	c.ReloadInterval = r.duration(f.ReloadInterval, "reload_interval", DefaultReloadInterval, 100*time.Millisecond, time.Hour)
	c.Tick = r.duration(f.Tick, "tick", DefaultTick, time.Second, slo.MaxResolution)
	c.Log = r.log(f.Log)
	c.Engine, c.Prometheus = r.engine(f.Engine.V), r.prometheus(f.Prometheus)
	target := r.oneOf(f.Target, "target", DefaultTarget, Targets())
	c.Datasources = r.datasources(f.Datasources, target)
	if c.Prometheus != nil {
		c.Target = target
	}
	if c.Prometheus != nil || len(c.Datasources) > 0 {
		c.Engine = nil
	}
	c.Retention, c.Cache = r.retention(f.Retention), r.cache(f.Cache)
	c.Alertmanagers = r.alertmanagers(f.alertmanagers)
	c.Reports, c.Slack = r.reports(f), r.slack(f.Slack)
	c.Tokens, c.TokenToRead = r.tokens(f.Tokens), f.RequireTokenToRead.V
	c.Webhooks = r.webhooks(f.Webhooks)
	r.conflicts(f)
	return c
}

// Targets lists the dialects that an external Prometheus may be given.
func Targets() []string {
	return []string{"prometheus-2.42", "prometheus-3", "prometheus-3.16", "victoriametrics"}
}

func (r *reader) conflicts(f *file) {
	external := f.Prometheus.IsSet()
	if external && f.Engine.IsSet() {
		r.report(f.Engine.Key, checkConflict, "engine and prometheus exclude one another", "remove engine to use the Prometheus at prometheus.url, or remove prometheus to use the embedded engine")
	}
	if f.Datasources.IsSet() && f.Engine.IsSet() {
		r.report(f.Engine.Key, checkConflict, "engine and datasources exclude one another", "remove engine to use the datasources, or remove them to use the embedded engine")
	}
	if external && f.Datasources.IsSet() {
		r.report(f.Prometheus.Key, checkConflict, "prometheus and datasources exclude one another", "make it one of the datasources, with a name")
	}
	if !external && !f.Datasources.IsSet() && f.Target.IsSet() {
		r.report(f.Target.Key, checkConflict, "target without prometheus", "remove target: the embedded engine has a dialect of its own")
	}
}

func (r *reader) specs(v strictyaml.Value[[]specFile]) []SpecSource {
	if !v.IsSet() {
		path := r.path(strictyaml.Value[string]{}, ".")
		return []SpecSource{{Path: path, Namespaces: []string{AllNamespaces}}}
	}
	if len(v.V) == 0 {
		r.report(v.Node, checkValue, "no specs", "name a directory, - path: slo, or remove the key")
	}
	var sources []SpecSource
	for _, s := range v.V {
		source := SpecSource{Path: r.path(s.Path, ""), Namespaces: r.namespaces(s.Namespaces)}
		if slices.ContainsFunc(sources, func(other SpecSource) bool { return other.Path == source.Path }) {
			r.report(s.Path.Node, checkConflict, fmt.Sprintf("path %s is given twice", s.Path.V), "name it once, with all its namespaces")
		}
		sources = append(sources, source)
	}
	return sources
}

// paths reads a list of paths, each given once.
func (r *reader) paths(v strictyaml.Value[[]strictyaml.Value[string]]) (paths []string) {
	for _, p := range v.V {
		path := r.path(p, "")
		if path != "" && slices.Contains(paths, path) {
			r.report(p.Node, checkConflict, fmt.Sprintf("path %s is given twice", p.V), "name it once")
		}
		paths = append(paths, path)
	}
	return paths
}

func (r *reader) namespaces(v strictyaml.Value[[]strictyaml.Value[string]]) []string {
	if !v.IsSet() {
		return []string{AllNamespaces}
	}
	if len(v.V) == 0 {
		r.report(v.Node, checkValue, "no namespaces", `write those that the specs may declare, or ["*"] for all`)
	}
	var names []string
	for _, name := range v.V {
		switch {
		case name.V == AllNamespaces && len(v.V) > 1:
			r.report(name.Node, checkConflict, `"*" beside other namespaces`, `write ["*"] alone, or only names`)
		case name.V == AllNamespaces:
		case !slo.ValidName(name.V):
			r.report(name.Node, checkValue, fmt.Sprintf("%q is not a namespace", name.V), "write a name as specs declare it, such as team-payments; patterns are not known")
		case slices.Contains(names, name.V):
			r.report(name.Node, checkConflict, fmt.Sprintf("namespace %s is given twice", name.V), "name it once")
		}
		names = append(names, name.V)
	}
	return names
}

func (r *reader) log(f logFile) Log {
	level := r.oneOf(f.Level, "log.level", "info", []string{"debug", "info", "warn", "error"})
	l := Log{Format: r.oneOf(f.Format, "log.format", "text", []string{"text", "json"})}
	if err := l.Level.UnmarshalText([]byte(level)); err != nil {
		l.Level = slog.LevelInfo // oneOf has reported it
	}
	return l
}

// oneOf reads a word of a closed set.
func (r *reader) oneOf(v strictyaml.Value[string], key, otherwise string, words []string) string {
	if !v.IsSet() {
		return otherwise
	}
	if slices.Contains(words, v.V) {
		return v.V
	}
	hint := "write one of " + strings.Join(words, ", ")
	if near, ok := strictyaml.Nearest(v.V, words); ok {
		hint = fmt.Sprintf("did you mean %s?", near)
	}
	r.report(v.Node, checkValue, fmt.Sprintf("%s %q is not known", key, v.V), hint)
	return otherwise
}

// duration reads a duration between two bounds, both included.
func (r *reader) duration(v strictyaml.Value[time.Duration], key string, otherwise, least, most time.Duration) time.Duration {
	if !v.IsSet() {
		return otherwise
	}
	if v.V < least || v.V > most {
		r.report(v.Node, checkValue, fmt.Sprintf("%s %s is out of bounds", key, slo.FormatDuration(v.V)),
			fmt.Sprintf("write a duration from %s to %s", slo.FormatDuration(least), slo.FormatDuration(most)))
		return otherwise
	}
	return v.V
}
