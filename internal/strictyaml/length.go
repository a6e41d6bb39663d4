package strictyaml

import (
	"fmt"
	"reflect"
	"strconv"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// maxOf reads the tag max, 0 without one.
func maxOf(tag reflect.StructTag) int {
	text := tag.Get("max")
	if text == "" {
		return 0
	}
	most, err := strconv.Atoi(text)
	if err != nil || most < 1 {
		panic("strictyaml: tag max:" + strconv.Quote(text))
	}
	return most
}

// checkLength reports a text of more characters than its key allows, or the
// texts in a map of them.
func (d *Document) checkLength(name string, n *yaml.Node, most int) {
	if most == 0 {
		return
	}
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if value := n.Content[i+1]; value.Kind == yaml.ScalarNode {
				d.checkLength(name+"."+n.Content[i].Value, value, most)
			}
		}
		return
	}
	if length := utf8.RuneCountInString(n.Value); n.Kind == yaml.ScalarNode && length > most {
		d.Report(Node{n}, "text-length", fmt.Sprintf("%s has %d characters, more than %d", name, length, most), "shorten it; what needs more words belongs on the page that runbook names")
	}
}
