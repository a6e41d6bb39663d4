package outputs

import (
	"bufio"
	"io"

	"headroom/slo"
)

// file is the file of one service in a ConfigMap, known by its size only.
type file struct {
	service []*slo.Objective // all objectives of the service
	size    int
}

// writeConfigMaps packs the files of services into as few ConfigMaps as a tree
// of the bits of their hashes allows. A service that is too large for one has
// ConfigMaps of its own, called as if it were written alone.
//
// Nothing but the id of a service decides where its file stands among others, so
// that a service which grows moves nobody who does not share a ConfigMap with it.
// The rules are compiled twice, so that memory holds those of one service at a
// time: first to know how large they are.
func (out *Output) writeConfigMaps(w io.Writer, objectives []*slo.Objective) error {
	if err := out.known(objectives); err != nil {
		return err
	}
	var files []file
	for service := range Services(objectives) {
		f, err := out.measure(service)
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	limit := out.options.MaxBytes - overhead
	first := true
	for _, b := range split(files, limit, func(f file) (string, int) { return serviceKey(f.service), f.size }) {
		if err := separate(w, &first); err != nil {
			return err
		}
		write := out.configMap
		if len(b.items) == 1 && b.items[0].size > limit {
			write = out.ownConfigMaps
		}
		if err := write(w, b); err != nil {
			return err
		}
	}
	return nil
}

// serviceKey is what the place of a service among others depends on.
func serviceKey(objectives []*slo.Objective) string {
	id := objectives[0].ID
	return id.Namespace + "/" + id.Service
}

// measure compiles the rules of a service.
func (out *Output) measure(service []*slo.Objective) (file, error) {
	name := FileName(service[0], Prometheus.Suffix())
	f := file{service: service, size: len(name) + len(generated) + 20}
	parts, err := out.parts(service)
	for _, p := range parts {
		f.size += p.size()
	}
	return f, err
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
		for _, p := range parts { // one, as it fits
			content(buffered, p)
		}
	}
	return flush(buffered)
}

// ownConfigMaps writes a service that no ConfigMap has room for.
func (out *Output) ownConfigMaps(w io.Writer, b bin[file]) error {
	return out.WriteService(w, b.items[0].service)
}
