package api

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"hash/crc32"
	"hash/maphash"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"headroom/budget"
)

// rendered is text as raw deflate streams that are not ended, so that more can
// follow them in one gzip member. With thousands of objectives the text has tens
// of megabytes and this has one or two.
type rendered struct {
	families []family
	size     int64 // of the text
	crc      uint32
}

// family is the text of one metric.
type family struct {
	deflated []byte
	size     int
	hash     uint64 // of the text
}

// renderer writes gauges. It remembers what it wrote last: compressing takes
// most of the time, and of many metrics, such as targets and states, hardly
// anything changes.
type renderer struct {
	seed    maphash.Seed
	last    []family
	longest int // of the texts of last
}

func newRenderer() *renderer { return &renderer{seed: maphash.MakeSeed()} }

// render writes what the collector of NewGauges sends in the text format.
func (r *renderer) render(list []gauged) (rendered, error) {
	all := sloGauges()
	if r.last == nil {
		r.last = make([]family, len(all))
	}
	labels := make([]string, len(list))
	for i, g := range list {
		labels[i] = labelText(g.Status)
	}
	var made rendered
	text := make([]byte, 0, r.longest+r.longest/16)
	for i, g := range all {
		text = g.appendText(text[:0], list, labels)
		f, err := r.compress(text, r.last[i])
		if err != nil {
			return rendered{}, err
		}
		r.last[i], r.longest = f, max(r.longest, len(text))
		made.families = append(made.families, f)
		made.size += int64(f.size)
		made.crc = crc32.Update(made.crc, crc32.IEEETable, text)
	}
	return made, nil
}

// compress compresses a text by itself, unless it is what it was.
func (r *renderer) compress(text []byte, last family) (family, error) {
	f := family{size: len(text), hash: maphash.Bytes(r.seed, text)}
	if f.hash == last.hash && f.size == last.size {
		return last, nil
	}
	var out bytes.Buffer
	deflate, err := flate.NewWriter(&out, flate.BestSpeed)
	if err != nil {
		return f, err
	}
	if _, err := deflate.Write(text); err != nil {
		return f, err
	}
	if err := deflate.Flush(); err != nil { // ends on a byte, without ending the stream
		return f, err
	}
	f.deflated = out.Bytes()
	return f, nil
}

// writePlain writes the text.
func (r rendered) writePlain(w io.Writer) error {
	for _, f := range r.families {
		if _, err := io.CopyN(w, flate.NewReader(bytes.NewReader(f.deflated)), int64(f.size)); err != nil {
			return err
		}
	}
	return nil
}

// writeGzip writes one gzip member (RFC 1952) of the text and what follows it.
func (r rendered) writeGzip(w io.Writer, rest []byte) error {
	head := []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 0xff} // deflate, no name, no time, fastest
	if _, err := w.Write(head); err != nil {
		return err
	}
	for _, f := range r.families {
		if _, err := w.Write(f.deflated); err != nil {
			return err
		}
	}
	deflate, err := flate.NewWriter(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if _, err := deflate.Write(rest); err != nil {
		return err
	}
	if err := deflate.Close(); err != nil {
		return err
	}
	var tail [8]byte
	binary.LittleEndian.PutUint32(tail[:4], crc32.Update(r.crc, crc32.IEEETable, rest))
	binary.LittleEndian.PutUint32(tail[4:], uint32(r.size+int64(len(rest)))) // modulo 2^32 by the RFC
	_, err = w.Write(tail[:])
	return err
}

// appendText writes one metric of everything that has it.
func (g gauge) appendText(text []byte, list []gauged, labels []string) []byte {
	begun := false
	for i, one := range list {
		for _, l := range g.values(one) {
			if l.value == nil {
				continue
			}
			if !begun {
				text = append(text, "# HELP "+g.name+" "+g.help+"\n# TYPE "+g.name+" gauge\n"...)
				begun = true
			}
			text = append(append(text, g.name...), labels[i]...)
			if g.dimension != "" {
				text = append(append(append(append(text, ','), g.dimension...), `="`...), l.label...)
				text = append(text, '"')
			}
			text = append(strconv.AppendFloat(append(text, "} "...), *l.value, 'g', -1, 64), '\n')
		}
	}
	return text
}

var escaper = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

// labelText writes the labels of a status without the closing brace.
func labelText(s budget.Status) string {
	var b strings.Builder
	id := s.Objective.ID
	b.WriteString(`{slo="` + id.String() + `",namespace="` + id.Namespace + `",service="` + id.Service + `",objective="` + id.Objective + `",owner="`)
	b.WriteString(escaper.Replace(s.Objective.Owner) + `"`)
	if s.Group.IsZero() {
		return b.String()
	}
	group := s.Group.Labels()
	for _, name := range slices.Sorted(maps.Keys(group)) {
		b.WriteString(`,` + groupLabel(name) + `="` + escaper.Replace(group[name]) + `"`)
	}
	return b.String()
}
