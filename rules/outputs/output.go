package outputs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"headroom/rules"
	"headroom/slo"
)

// Output writes rules in one format.
type Output struct {
	options  Options
	dialect  rules.Dialect
	compile  rules.Options
	renderer *rules.Renderer
}

// New makes an output of rules of a dialect. Its error says which option its
// consumer would refuse. It may not be used by several goroutines at once.
func New(o Options, d rules.Dialect, compile rules.Options) (*Output, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	return &Output{options: o, dialect: d, compile: compile, renderer: rules.NewRenderer(d, compile, o.style())}, nil
}

func (o Options) style() rules.Style {
	s := rules.Style{}
	switch {
	case o.Format == ConfigMap:
		s.Indent = "    "
	case o.Format.Kubernetes():
		s.Indent = "  "
	case o.Format == Thanos:
		s.PartialResponse = o.PartialResponse
	}
	return s
}

// ErrTooLarge is wrapped when the rules of one objective are more than an object
// may hold.
var ErrTooLarge = errors.New("its rules are larger than an object may be; shorten its description, or allow larger objects")

// Check tells what cannot be written, before anything is.
func (out *Output) Check(objectives []*slo.Objective) error {
	if err := out.known(objectives); err != nil || !out.options.Format.Kubernetes() {
		return err
	}
	var errs []error
	for _, o := range objectives {
		if !suspect(o, out.options.MaxBytes) {
			continue
		}
		p, err := out.piece(o, false)
		if err == nil && p.size > out.options.MaxBytes {
			err = out.tooLarge(p)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// known refuses objectives that the dialect cannot express.
func (out *Output) known(objectives []*slo.Objective) error {
	_, err := rules.All(objectives, out.dialect, out.compile)
	return err
}

// suspect finds the few objectives that are worth measuring before the rest is
// compiled: no rule repeats the text of an objective as often as this.
func suspect(o *slo.Objective, limit int) bool {
	n := len(o.Description) + len(o.Runbook) + len(o.Owner) + len(o.Indicator.Canonical())
	for name, value := range o.Labels {
		n += len(name) + len(value)
	}
	return n > limit/100
}

// Write writes the rules of all objectives as one stream. The same objectives
// give the same bytes.
func (out *Output) Write(w io.Writer, objectives []*slo.Objective) error {
	switch {
	case !out.options.Format.Kubernetes():
		return out.writeFile(w, objectives)
	case out.options.Format == ConfigMap:
		return out.writeConfigMaps(w, objectives)
	}
	if err := out.known(objectives); err != nil {
		return err
	}
	first := true
	for service := range Services(objectives) {
		if err := separate(w, &first); err != nil {
			return err
		}
		if err := out.WriteService(w, service); err != nil {
			return err
		}
	}
	if first {
		return comment(w)
	}
	return nil
}

// WriteService writes the rules of objectives that belong to one service, as a
// file of its own. It holds the rules of that service in memory.
func (out *Output) WriteService(w io.Writer, objectives []*slo.Objective) error {
	if !out.options.Format.Kubernetes() {
		return out.writeFile(w, objectives)
	}
	parts, err := out.parts(objectives)
	if err != nil {
		return err
	}
	first := true
	for _, p := range parts {
		if err := separate(w, &first); err != nil {
			return err
		}
		if err := out.object(w, p); err != nil {
			return err
		}
	}
	return nil
}

func (out *Output) writeFile(w io.Writer, objectives []*slo.Objective) error {
	if err := out.known(objectives); err != nil {
		return err
	}
	return out.renderer.WriteAll(w, objectives)
}

// Services cuts objectives into those of each service, in the order of their
// ids.
func Services(objectives []*slo.Objective) iter.Seq[[]*slo.Objective] {
	ordered := slices.SortedFunc(slices.Values(objectives), func(a, b *slo.Objective) int { return a.ID.Compare(b.ID) })
	return func(yield func([]*slo.Objective) bool) {
		for len(ordered) > 0 {
			n := 1
			for n < len(ordered) && sameService(ordered[n], ordered[0]) {
				n++
			}
			if !yield(ordered[:n]) {
				return
			}
			ordered = ordered[n:]
		}
	}
}

func sameService(a, b *slo.Objective) bool {
	return a.ID.Namespace == b.ID.Namespace && a.ID.Service == b.ID.Service
}

// piece is the rules of one objective, as the items of a list of groups.
type piece struct {
	objective *slo.Objective
	text      []byte
	size      int // as part of an object in JSON
}

func (out *Output) piece(o *slo.Objective, led bool) (piece, error) {
	var b bytes.Buffer
	render := out.renderer.Write
	if led {
		render = out.renderer.WriteLed
	}
	if err := render(&b, o); err != nil {
		return piece{}, err
	}
	return piece{objective: o, text: b.Bytes(), size: sizeInJSON(b.Bytes())}, nil
}

// sizeInJSON is the length of a text within a JSON string, as Go writes it. That
// of YAML is more than that of the same groups in JSON.
func sizeInJSON(text []byte) int {
	n := len(text)
	for _, c := range text {
		switch c {
		case '"', '\\', '\n':
			n++
		case '<', '>', '&':
			n += 5
		}
	}
	return n
}

func (out *Output) tooLarge(p piece) error {
	return fmt.Errorf("%s: %d KiB of rules for objects of %d KiB: %w",
		p.objective.ID, p.size>>10, out.options.MaxBytes>>10, ErrTooLarge)
}
