package budget

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// dayMillis is the length of a UTC day.
const dayMillis = 24 * 60 * 60 * 1000

// pageVersion is the first byte of a page.
const pageVersion = 1

// ErrCorruptPage is wrapped by the errors about pages whose checksum or
// content is wrong.
var ErrCorruptPage = errors.New("corrupt page")

// dayOf returns the day whose page holds a slice that ends at end: a slice
// that ends at midnight belongs to the day before.
func dayOf(end int64) int64 { return floorDiv(end-1, dayMillis) }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// encodePage packs slices, which are sorted and disjoint and all end in the
// day. The form: version, day, number of slices, then runs of slices that have
// the same length and source and follow one another without a gap (number, gap
// before the run, length, source), each slice of a run being its bad count and
// the difference of its total from the one before; at last a CRC-32C. All
// numbers are varints, zigzag where they may be negative.
func encodePage(day int64, slices []Slice) []byte {
	b := make([]byte, 0, 16+5*len(slices))
	b = append(b, pageVersion)
	b = binary.AppendVarint(b, day)
	b = binary.AppendUvarint(b, uint64(len(slices)))
	previous := Slice{End: day * dayMillis}
	for len(slices) > 0 {
		n := runLength(slices)
		first := slices[0]
		b = binary.AppendUvarint(b, uint64(n))
		b = binary.AppendVarint(b, first.Start-previous.End)
		b = binary.AppendUvarint(b, uint64(first.End-first.Start))
		b = append(b, byte(first.Source))
		for _, s := range slices[:n] {
			b = binary.AppendUvarint(b, uint64(s.Bad))
			b = binary.AppendVarint(b, int64(s.Total-previous.Total))
			previous = s
		}
		slices = slices[n:]
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func runLength(slices []Slice) int {
	first := slices[0]
	for i := 1; i < len(slices); i++ {
		s := slices[i]
		if s.Start != slices[i-1].End || s.End-s.Start != first.End-first.Start || s.Source != first.Source {
			return i
		}
	}
	return len(slices)
}

// checkPage verifies version, day, checksum and that the slices are sorted,
// disjoint, sound and end in the day.
func checkPage(day int64, data []byte) error {
	if len(data) < 5 {
		return fmt.Errorf("%w: %d bytes", ErrCorruptPage, len(data))
	}
	body := data[:len(data)-4]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(data[len(body):]) {
		return fmt.Errorf("%w: the checksum differs", ErrCorruptPage)
	}
	if data[0] != pageVersion {
		return fmt.Errorf("%w: version %d, this program knows version %d", ErrCorruptPage, data[0], pageVersion)
	}
	r := varints{b: body[1:]}
	if got := r.varint(); got != day {
		return fmt.Errorf("%w: written for day %d, found under day %d", ErrCorruptPage, got, day)
	}
	want, got, last := r.uvarint(), uint64(0), int64(-1<<62)
	for s := range eachSlice(data) {
		if s.Start < last || s.End <= s.Start || dayOf(s.End) != day || s.Bad < 0 || s.Bad > s.Total {
			return fmt.Errorf("%w: slice %d is not sound", ErrCorruptPage, got)
		}
		last = s.End
		got++
	}
	if got != want {
		return fmt.Errorf("%w: %d slices of %d", ErrCorruptPage, got, want)
	}
	return nil
}

// eachSlice unpacks a page that checkPage accepts, in order of time.
func eachSlice(data []byte) func(yield func(Slice) bool) {
	return func(yield func(Slice) bool) {
		r := varints{b: data[1 : len(data)-4]}
		end := r.varint() * dayMillis
		left := r.uvarint()
		total := Count(0)
		for left > 0 && !r.short {
			n := min(r.uvarint(), left)
			if n == 0 {
				return
			}
			left -= n
			end += r.varint()
			length := int64(r.uvarint())
			source := Source(r.byte())
			for ; n > 0 && !r.short; n-- {
				bad := Count(r.uvarint())
				total += Count(r.varint())
				s := Slice{Start: end, End: end + length, Bad: bad, Total: total, Source: source}
				if r.short || !yield(s) {
					return
				}
				end = s.End
			}
		}
	}
}

// varints reads varints until the bytes run short.
type varints struct {
	b     []byte
	short bool
}

func (r *varints) varint() int64 {
	u := r.uvarint()
	v := int64(u >> 1)
	if u&1 != 0 {
		v = ^v
	}
	return v
}

func (r *varints) uvarint() uint64 {
	if len(r.b) > 0 && r.b[0] < 0x80 {
		v := uint64(r.b[0])
		r.b = r.b[1:]
		return v
	}
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.b, r.short = nil, true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *varints) byte() byte {
	if len(r.b) == 0 {
		r.short = true
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

// decodePage returns the slices of a page that checkPage accepts.
func decodePage(data []byte) []Slice {
	var slices []Slice
	for s := range eachSlice(data) {
		slices = append(slices, s)
	}
	return slices
}
