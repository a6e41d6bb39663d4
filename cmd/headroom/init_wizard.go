package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"headroom/api/table"
	"headroom/slo"
	"headroom/slo/catalog"
	"headroom/slo/manifest/draft"
)

// usualTemplates are taken when nothing says what the service exposes.
func usualTemplates() []string { return []string{"otel-http-availability", "otel-http-latency"} }

// wizard finds out what a first spec says.
type wizard struct {
	*initOptions
	questions
	known *catalog.Catalog
	set   map[string]bool // parameters given by --set that a template took
}

func newWizard(cmd *cobra.Command, o *initOptions, known *catalog.Catalog) *wizard {
	file, isFile := cmd.InOrStdin().(*os.File)
	return &wizard{
		initOptions: o,
		questions: questions{
			in: bufio.NewReader(cmd.InOrStdin()), out: cmd.ErrOrStderr(),
			on: o.ask || isFile && table.IsTerminal(file),
		},
		known: known, set: map[string]bool{},
	}
}

// draft decides on everything.
func (w *wizard) draft(ctx context.Context) (draft.Spec, error) {
	spec := draft.Spec{Owner: w.owner, Channel: w.channel, Runbook: w.runbook}
	var err error
	if spec.Service, err = w.serviceName(); err != nil {
		return spec, err
	}
	if w.on && spec.Owner == "" {
		if spec.Owner, err = w.questions.ask("Which team answers for it? (may stay empty)", "", nil); err != nil {
			return spec, err
		}
	}
	if w.prometheus.given() {
		spec.Objectives, err = w.fromPrometheus(ctx, spec.Service)
	} else {
		spec.Objectives, err = w.fromTemplates(spec.Service)
	}
	if err != nil {
		return spec, err
	}
	for name := range w.initOptions.set {
		if !w.set[name] {
			return spec, usagef("--set %s: none of the chosen templates has a parameter %s", name, name)
		}
	}
	distinct(spec.Objectives)
	return spec, w.targets(spec.Objectives)
}

func (w *wizard) serviceName() (string, error) {
	if w.service != "" {
		return w.service, nil
	}
	standard := nameOf(".")
	if !w.on {
		if standard == "" {
			return "", usagef("--service is missing: name the service, as in --service checkout")
		}
		fmt.Fprintf(w.out, "taking the name of this directory for the service: %s\n", standard)
		return standard, nil
	}
	return w.questions.ask("Which service is it? (name, or namespace/name)", standard, func(answer string) error {
		_, _, err := slo.ParseService(answer)
		return err
	})
}

// fromTemplates makes one objective of each chosen template.
func (w *wizard) fromTemplates(service string) ([]draft.Objective, error) {
	names, err := w.templateNames()
	if err != nil {
		return nil, err
	}
	var list []draft.Objective
	for _, name := range names {
		t, err := w.template(name)
		if err != nil {
			return nil, err
		}
		values, err := w.values(t, nil, service)
		if err != nil {
			return nil, err
		}
		list = append(list, suggestion(t, values))
	}
	return list, nil
}

func (w *wizard) templateNames() ([]string, error) {
	switch {
	case len(w.templates) > 0:
		return w.templates, nil
	case !w.on:
		names := usualTemplates()
		fmt.Fprintf(w.out, "taking the templates %s; headroom templates list prints the others\n", strings.Join(names, " and "))
		return names, nil
	}
	fmt.Fprintln(w.out, "What does the service expose?")
	all := w.known.All()
	names := make([]string, len(all))
	for i, t := range all {
		names[i] = t.Name
		fmt.Fprintf(w.out, "  %2d  %-32s %s\n", i+1, t.Name, t.Title)
	}
	picked, err := w.choose("One or more numbers or names", names, usualTemplates()[0])
	var chosen []string
	for _, i := range picked {
		chosen = append(chosen, names[i])
	}
	return chosen, err
}

func (w *wizard) template(name string) (*catalog.Template, error) {
	if t, found := w.known.Find(name); found {
		return t, nil
	}
	if near, ok := w.known.Nearest(name); ok {
		return nil, usagef("--template %s: no template has this name: did you mean %s?", name, near)
	}
	return nil, usagef("--template %s: no template has this name: headroom templates list prints all of them", name)
}

// values gives every parameter that has no default one: from --set, from what
// was found, by asking, or the service's name for a job.
func (w *wizard) values(t *catalog.Template, found catalog.Values, service string) (catalog.Values, error) {
	values := catalog.Values{}
	for i := range t.Parameters {
		p := &t.Parameters[i]
		text, given := w.initOptions.set[p.Name]
		switch v, known := found[p.Name]; {
		case given:
			w.set[p.Name] = true
			values[p.Name] = valueOf(p, text)
		case known && (p.Default == nil || p.Default.String() != v.String()):
			values[p.Name] = v
		case known || !p.Required:
		case w.on:
			answer, err := w.questions.ask(fmt.Sprintf("%s: %s", p.Name, p.Doc), w.standard(p, service), func(answer string) error {
				return asError(p.Check(valueOf(p, answer)))
			})
			if err != nil {
				return nil, err
			}
			values[p.Name] = valueOf(p, answer)
		case p.Name == "job":
			_, name, _ := slo.ParseService(service) // it was parsed before
			values[p.Name] = catalog.Text(name)
		default:
			return nil, usagef("the template %s needs %s: %s Write --set %s=%s", t.Name, p.Name, p.Doc, p.Name, w.standard(p, service))
		}
		if v, has := values[p.Name]; has {
			if fault := p.Check(v); fault != nil {
				return nil, usagef("%s of the template %s: %s", p.Name, t.Name, fault.Message)
			}
		}
	}
	if text, given := w.initOptions.set[catalog.Where]; given {
		w.set[catalog.Where] = true
		values[catalog.Where] = catalog.Text(text)
	}
	return values, nil
}

func (w *wizard) standard(p *catalog.Parameter, service string) string {
	if p.Name == "job" {
		_, name, _ := slo.ParseService(service) // it was parsed before
		return name
	}
	if p.Example != nil {
		return p.Example.String()
	}
	return ""
}

func valueOf(p *catalog.Parameter, text string) catalog.Value {
	if p.Type != catalog.List {
		return catalog.Text(text)
	}
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		items = append(items, strings.TrimSpace(item))
	}
	return catalog.ListOf(items...)
}

func asError(fault *catalog.Fault) error {
	if fault == nil {
		return nil
	}
	return errors.New(fault.Message)
}

// distinct gives objectives of the same name numbers.
func distinct(list []draft.Objective) {
	seen := map[string]int{}
	for i, o := range list {
		seen[o.Name]++
		if n := seen[o.Name]; n > 1 {
			list[i].Name = fmt.Sprintf("%s-%d", o.Name, n)
		}
	}
}

// targets sets the targets that were asked for.
func (w *wizard) targets(list []draft.Objective) error {
	for i := range list {
		o := &list[i]
		text := w.target
		if text == "" && w.on {
			var err error
			text, err = w.questions.ask("Target of "+o.Name, o.Target.String(), func(answer string) error {
				_, err := slo.ParseTarget(answer)
				return err
			})
			if err != nil {
				return err
			}
		}
		if text == "" || text == o.Target.String() {
			continue
		}
		target, err := slo.ParseTarget(text)
		if err != nil {
			return usagef("--target: %s", err)
		}
		o.Target, o.Comment = target, ""
	}
	return nil
}
