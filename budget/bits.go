package budget

import (
	"encoding/binary"
	"math/bits"
)

// blockLength is how many slices share the widths of their numbers: an
// incident makes the numbers of its own block wide, not those of the day.
const blockLength = 48

// appendBlock packs slices: the width of their bad counts and that of the
// differences of their totals, a byte each, then these numbers in units, in so
// many bits each, least significant first.
func appendBlock(b []byte, list []Slice, previous, unit Count) []byte {
	var bads, totals uint64
	last := previous
	for _, s := range list {
		bads |= uint64(s.Bad / unit)
		totals |= zigzag(int64((s.Total - last) / unit))
		last = s.Total
	}
	w := bitWriter{b: append(b, byte(bits.Len64(bads)), byte(bits.Len64(totals)))}
	last = previous
	for _, s := range list {
		w.write(uint64(s.Bad/unit), bits.Len64(bads))
		w.write(zigzag(int64((s.Total-last)/unit)), bits.Len64(totals))
		last = s.Total
	}
	return w.flush()
}

// unitOf returns the largest unit, 100 or 1, that all counts are multiples of:
// events that were counted and not extrapolated are whole.
func unitOf(list []Slice) Count {
	for _, s := range list {
		if s.Bad%100 != 0 || s.Total%100 != 0 {
			return 1
		}
	}
	return 100
}

func zigzag(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }

func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

// bitWriter appends numbers of so many bits to bytes.
type bitWriter struct {
	b    []byte
	held uint64
	n    int // bits held, less than 8
}

func (w *bitWriter) write(v uint64, width int) {
	for width > 32 {
		w.write(v&(1<<32-1), 32)
		v, width = v>>32, width-32
	}
	w.held |= v << w.n
	for w.n += width; w.n >= 8; w.n -= 8 {
		w.b = append(w.b, byte(w.held))
		w.held >>= 8
	}
}

func (w *bitWriter) flush() []byte {
	if w.n > 0 {
		w.b = append(w.b, byte(w.held))
	}
	return w.b
}

// bitReader reads what a bitWriter wrote. Past the end it reads zeros.
type bitReader struct {
	b  []byte
	at int // bit
}

func (r *bitReader) read(width int) uint64 {
	if width > 56 {
		low := r.read(32)
		return low | r.read(width-32)<<32
	}
	var word uint64
	if i := r.at >> 3; i+8 <= len(r.b) {
		word = binary.LittleEndian.Uint64(r.b[i:])
	} else {
		var last [8]byte
		copy(last[:], r.b[min(i, len(r.b)):])
		word = binary.LittleEndian.Uint64(last[:])
	}
	word >>= r.at & 7
	r.at += width
	return word & (1<<width - 1)
}
