package manifest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"headroom/internal/strictyaml"
	"headroom/slo"
	"headroom/slo/defaults"
)

// heir is an objective that is given what its spec leaves open.
type heir struct {
	*reader
	service *serviceForm
	entry   *strictyaml.Entry[objectiveForm]
	given   defaults.Given
	o       *slo.Objective
}

// inherit fills in what the spec leaves open, notes where everything comes
// from, and checks what the organisation asks. The objective has its own
// owner and labels already.
func (r *reader) inherit(service *serviceForm, entry *strictyaml.Entry[objectiveForm], o *slo.Objective) {
	h := heir{reader: r, service: service, entry: entry, o: o}
	h.given = r.options.Defaults.For(defaults.Subject{
		Namespace: o.ID.Namespace, Service: o.ID.Service, Owner: o.Owner, Labels: o.Labels,
	})
	o.Sources = make(map[string]string, 12)
	form := &entry.Value
	h.note("namespace", service.Service.Node, !strings.Contains(service.Service.V, "/"))
	h.text("owner", &o.Owner, h.given.Owner, service.Owner)
	h.text("channel", &o.Channel, h.given.Channel, service.Channel)
	h.text("runbook", &o.Runbook, h.given.Runbook, form.Runbook, service.Runbook)
	h.text("description", &o.Description, defaults.Value[string]{}, form.Description, service.Description)
	h.labels()
	h.note("target", form.Target.Node, false)
	h.note("group", form.Group.Key, false)
	h.note("formerly", form.Formerly.Key, false)
	h.times()
	h.plan()
	if r.out.Service != "" { // or else the rules for it are not known
		h.bound()
		h.require()
	}
}

// note says where a value comes from that no rule can give: the spec, or
// headroom when it is the default; nothing when there is none.
func (h *heir) note(key string, at strictyaml.Node, isDefault bool) {
	switch {
	case isDefault:
		h.o.Sources[key] = slo.SourceHeadroom
	case !at.IsZero():
		h.o.Sources[key] = h.source(at)
	}
}

func (r *reader) source(at strictyaml.Node) string {
	line, _ := r.Position(at)
	return r.out.File + ":" + strconv.Itoa(line)
}

// text notes the source of a text of the spec, or takes the given one.
func (h *heir) text(key string, value *string, given defaults.Value[string], own ...text) {
	for _, v := range own {
		if v.IsSet() {
			h.o.Sources[key] = h.source(v.Node)
			return
		}
	}
	if given.IsSet() {
		*value, h.o.Sources[key] = given.V, given.Source
	}
}

func (h *heir) labels() {
	for _, own := range []pairs{h.service.Labels, h.entry.Value.Labels} {
		for _, label := range own.V {
			if _, kept := h.o.Labels[label.Name]; kept {
				h.o.Sources["labels."+label.Name] = h.source(label.Key)
			}
		}
	}
	inherited := maps.Clone(h.o.Labels)
	for name, given := range h.given.Labels {
		_, own := h.o.Labels[name]
		grouped := slices.ContainsFunc(h.entry.Value.Group.V, func(v text) bool { return v.V == name })
		if !own && !grouped {
			inherited[name], h.o.Sources["labels."+name] = given.V, given.Source
		}
	}
	h.o.Labels = inherited
}

// times reads window and resolution, which depend on one another.
func (h *heir) times() {
	form := &h.entry.Value
	sources := map[string]string{"window": slo.SourceHeadroom, "resolution": slo.SourceHeadroom}
	h.o.Window.Rolling, h.o.Resolution = slo.DefaultWindow, slo.DefaultResolution
	if given := h.given.Window; given.IsSet() {
		h.o.Window.Rolling, sources["window"] = given.V, given.Source
	}
	if given := h.given.Resolution; given.IsSet() {
		h.o.Resolution, sources["resolution"] = given.V, given.Source
	}
	for key, own := range map[string]text{"window": form.Window, "resolution": form.Resolution} {
		if own.IsSet() {
			sources[key] = h.source(own.Node)
		}
	}
	maps.Copy(h.o.Sources, sources)
	h.reader.times(h.entry, h.o)
}

// bound checks the target.
func (h *heir) bound() {
	target, at := h.o.Target, h.entry.Value.Target.Node
	if target.IsZero() {
		return
	}
	if least := h.given.Min; least.IsSet() && target.Ratio() < least.V.Ratio() {
		h.Report(at, "default-target-bound", fmt.Sprintf("target %s is below %s, the least that is allowed by %s", target, least.V, least.Source),
			fmt.Sprintf("write target: %s or more, or ask whoever keeps these defaults", least.V))
	}
	if most := h.given.Max; most.IsSet() && target.Ratio() > most.V.Ratio() {
		h.Report(at, "default-target-bound", fmt.Sprintf("target %s is above %s, the most that is allowed by %s", target, most.V, most.Source),
			fmt.Sprintf("write target: %s or less, or ask whoever keeps these defaults", most.V))
	}
}

// require asks for what every spec must say.
func (h *heir) require() {
	for _, key := range h.given.Require.V {
		at := h.entry.Key
		var value, example string
		switch key {
		case "owner":
			at, value, example = h.service.Service.Node, h.o.Owner, "owner: with the name of the team, under service:"
		case "channel":
			at, value, example = h.service.Service.Node, h.o.Channel, `channel: such as "#payments", under service:`
		case "runbook":
			value, example = h.o.Runbook, "runbook: with the address of a page that says what to do"
		case "description":
			value, example = h.o.Description, "description: with a sentence that says what is promised"
		default:
			label := strings.TrimPrefix(key, "labels.")
			value, example = h.o.Labels[label], fmt.Sprintf("labels: {%s: …}", label)
		}
		if strings.TrimSpace(value) != "" || h.asked[key] {
			continue
		}
		if key == "owner" || key == "channel" {
			h.ask(key) // once for all objectives
		}
		h.Report(at, "required-field", fmt.Sprintf("%s is missing, which is required by %s", key, h.given.Require.Source), "write "+example)
	}
}

func (r *reader) ask(key string) {
	if r.asked == nil {
		r.asked = map[string]bool{}
	}
	r.asked[key] = true
}
