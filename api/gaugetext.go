package api

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"hash/crc32"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"headroom/budget"
)

// rendered is text as a raw deflate stream that is not ended, so that more can
// follow it in one gzip member. With thousands of objectives the text has tens
// of megabytes and this has one or two.
type rendered struct {
	deflated []byte
	size     int64 // of the text
	crc      uint32
}

// renderGauges writes what the collector of NewGauges sends in the text format.
func renderGauges(statuses []budget.Status) (rendered, error) {
	var r rendered
	var out bytes.Buffer
	deflate, err := flate.NewWriter(&out, flate.BestSpeed)
	if err != nil {
		return r, err
	}
	crc := crc32.NewIEEE()
	w := bufio.NewWriterSize(&tally{io.MultiWriter(deflate, crc), &r.size}, 64<<10)
	if err := writeGauges(w, statuses); err != nil {
		return r, err
	}
	if err := w.Flush(); err != nil {
		return r, err
	}
	if err := deflate.Flush(); err != nil { // ends on a byte, without ending the stream
		return r, err
	}
	r.deflated, r.crc = out.Bytes(), crc.Sum32()
	return r, nil
}

// tally counts what is written.
type tally struct {
	io.Writer
	n *int64
}

func (t *tally) Write(p []byte) (int, error) {
	n, err := t.Writer.Write(p)
	*t.n += int64(n)
	return n, err
}

// writePlain writes the text.
func (r rendered) writePlain(w io.Writer) error {
	_, err := io.CopyN(w, flate.NewReader(bytes.NewReader(r.deflated)), r.size)
	return err
}

// writeGzip writes one gzip member (RFC 1952) of the text and what follows it.
func (r rendered) writeGzip(w io.Writer, rest []byte) error {
	head := []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 0xff} // deflate, no name, no time, fastest
	if _, err := w.Write(head); err != nil {
		return err
	}
	if _, err := w.Write(r.deflated); err != nil {
		return err
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

func writeGauges(w *bufio.Writer, statuses []budget.Status) error {
	labels := make([]string, len(statuses))
	for i, status := range statuses {
		labels[i] = labelText(status)
	}
	var line []byte
	for _, g := range sloGauges() {
		begun := false
		for i, status := range statuses {
			for _, l := range g.values(status) {
				if l.value == nil {
					continue
				}
				line = line[:0]
				if !begun {
					line = append(line, "# HELP "+g.name+" "+g.help+"\n# TYPE "+g.name+" gauge\n"...)
					begun = true
				}
				line = append(append(line, g.name...), labels[i]...)
				if g.dimension != "" {
					line = append(line, `,`+g.dimension+`="`+l.label+`"`...)
				}
				line = strconv.AppendFloat(append(line, "} "...), *l.value, 'g', -1, 64)
				if _, err := w.Write(append(line, '\n')); err != nil {
					return err
				}
			}
		}
	}
	return nil
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
