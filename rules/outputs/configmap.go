package outputs

import (
	"bufio"
	"io"
	"slices"

	"headroom/slo"
)

// file is one file of a ConfigMap, known by its size only.
type file struct {
	service []*slo.Objective // all objectives of the service
	name    string
	suffix  string // of the part
	size    int
}

// writeConfigMaps packs the files of all services into as few ConfigMaps as
// their names allow. The rules are compiled twice, so that memory holds those of
// one service at a time: first to know how large they are.
func (out *Output) writeConfigMaps(w io.Writer, objectives []*slo.Objective) error {
	if err := out.known(objectives); err != nil {
		return err
	}
	var files []file
	for service := range Services(objectives) {
		parts, err := out.parts(service)
		if err != nil {
			return err
		}
		for _, p := range parts {
			name := FileName(p.service, p.suffix+Prometheus.Suffix())
			files = append(files, file{service: service, name: name, suffix: p.suffix, size: p.size() + len(name) + len(generated) + 20})
		}
	}
	first := true
	for _, b := range split(files, out.options.MaxBytes-overhead, func(f file) (string, int) { return f.name, f.size }) {
		if err := separate(w, &first); err != nil {
			return err
		}
		if err := out.configMap(w, b); err != nil {
			return err
		}
	}
	return nil
}

func (out *Output) configMap(w io.Writer, b bin[file]) error {
	buffered := bufio.NewWriter(w)
	out.head(buffered, out.options.Name+b.suffix())
	if len(b.items) == 0 {
		line(buffered, "data: {}\n")
	} else {
		line(buffered, "data:\n")
	}
	for _, f := range b.items {
		parts, err := out.parts(f.service)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(parts, func(p part) bool { return p.suffix == f.suffix })
		content(buffered, parts[i])
	}
	return flush(buffered)
}
