package strictyaml

import "go.yaml.in/yaml/v4"

// Tree returns the root of a document that was parsed, nil when it was not. It
// is not to be changed.
func (d *Document) Tree() *yaml.Node { return d.root }

// Start returns the byte of Text at which a node of the tree begins.
func (d *Document) Start(n *yaml.Node) int { return d.offset(n) - d.start }

// End returns the byte of Text after a scalar of the tree, its closing quote
// included. It does not know where a scalar in the style of | or > ends.
func (d *Document) End(n *yaml.Node) int {
	end := d.locate(n, len(n.Value))
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		// What is left are folds and escaped line breaks before the quote.
		for end < d.end && d.source.data[end] != '"' && d.source.data[end] != '\'' {
			end++
		}
		end++
	}
	return end - d.start
}
