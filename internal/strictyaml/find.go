package strictyaml

import (
	"go.yaml.in/yaml/v4"

	"headroom/slo/diag"
)

// Find walks down maps by their keys. It returns the last key and its value,
// or zero Nodes when one of the keys is missing.
func (d *Document) Find(path ...string) (key, value Node) {
	at := d.root
	for _, name := range path {
		var next *yaml.Node
		for i := 0; at != nil && at.Kind == yaml.MappingNode && i+1 < len(at.Content); i += 2 {
			if at.Content[i].Value == name {
				key, next = Node{at.Content[i]}, at.Content[i+1]
			}
		}
		if next == nil {
			return Node{}, Node{}
		}
		at = next
	}
	return key, Node{at}
}

// ProblemAt makes a problem of a part of a scalar, as ReportRange does, or of
// the whole node when end is not after start. The document does not keep it.
func (d *Document) ProblemAt(at Node, start, end int, p diag.Problem) diag.Problem {
	kept := d.problems
	d.problems = nil
	if end > start {
		d.ReportRange(at, start, end, p.Check, p.Message, p.Hint)
	} else {
		d.Report(at, p.Check, p.Message, p.Hint)
	}
	placed := d.problems[0]
	d.problems = kept
	placed.Severity = p.Severity
	return placed
}
