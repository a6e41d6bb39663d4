package budget

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
)

// dayMillis is the length of a UTC day.
const dayMillis = 24 * 60 * 60 * 1000

// The first byte of a page. Pages of the first version are read, and written
// anew when they change.
const (
	pageVersion = 2
	varintPages = 1
)

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

// page is one day of a series. It stays packed: 288 slices take little over a
// kilobyte, and only the days at the edges of a window are unpacked for a
// balance. A ledger with a store that reads single pages keeps heads alone.
type page struct {
	day         int64
	start, end  int64  // of the first and the last slice
	own, before sums   // of this page, and of all pages before it
	data        []byte // nil when the vault has it
}

// newPage packs slices, which are at least one, sorted and disjoint, and all
// end in the day. The form: version, day, number of slices, start and end,
// sums of bad, total and measured milliseconds, the unit of the counts that
// follow in hundredths; then runs of slices that have the same length and source
// and follow one another without a gap (number, gap before the run, length,
// source), the slices of a run packed in blocks, each being its bad count and
// the difference of its total from the one before; at last a CRC-32C. All
// numbers outside of blocks are varints, zigzag where they may be negative. The
// sums let a ledger be opened without unpacking it.
func newPage(day int64, list []Slice) page {
	p := page{day: day, start: list[0].Start, end: list[len(list)-1].End}
	for _, s := range list {
		p.own = p.own.plus(sumOf(s))
	}
	b := make([]byte, 0, 48+5*len(list))
	b = append(b, pageVersion)
	b = binary.AppendVarint(b, day)
	b = binary.AppendUvarint(b, uint64(len(list)))
	b = binary.AppendVarint(b, p.start-day*dayMillis)
	b = binary.AppendUvarint(b, uint64(p.end-p.start))
	b = binary.AppendUvarint(b, uint64(p.own.bad))
	b = binary.AppendUvarint(b, uint64(p.own.total))
	b = binary.AppendUvarint(b, uint64(p.own.measured))
	unit := unitOf(list)
	b = binary.AppendUvarint(b, uint64(unit))
	b = appendRuns(b, list, Slice{End: p.start}, unit)
	p.data = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	return p
}

func appendRuns(b []byte, list []Slice, previous Slice, unit Count) []byte {
	for len(list) > 0 {
		n := runLength(list)
		first := list[0]
		b = binary.AppendUvarint(b, uint64(n))
		b = binary.AppendUvarint(b, uint64(first.Start-previous.End))
		b = binary.AppendUvarint(b, uint64(first.End-first.Start))
		b = append(b, byte(first.Source))
		for block := range slices.Chunk(list[:n], blockLength) {
			b = appendBlock(b, block, previous.Total, unit)
			previous = block[len(block)-1]
		}
		list = list[n:]
	}
	return b
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

// loadPage reads the head of a page and verifies its checksum.
func loadPage(day int64, data []byte) (page, error) {
	if len(data) < 5 {
		return page{}, fmt.Errorf("%w: %d bytes", ErrCorruptPage, len(data))
	}
	body := data[:len(data)-4]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(data[len(body):]) {
		return page{}, fmt.Errorf("%w: the checksum differs", ErrCorruptPage)
	}
	if data[0] != pageVersion && data[0] != varintPages {
		return page{}, fmt.Errorf("%w: version %d, this program knows versions up to %d", ErrCorruptPage, data[0], pageVersion)
	}
	p, _, _, r := head(data)
	if r.short || p.day != day || dayOf(p.end) != day || p.end <= p.start {
		return page{}, fmt.Errorf("%w: written for day %d, %s to %s, found under day %d", ErrCorruptPage, p.day, instant(p.start), instant(p.end), day)
	}
	return p, nil
}

// head unpacks what stands before the runs.
func head(data []byte) (p page, n uint64, unit Count, r varints) {
	r = varints{b: data[1 : len(data)-4]}
	p.data, p.day = data, r.varint()
	n = r.uvarint()
	p.start = p.day*dayMillis + r.varint()
	p.end = p.start + int64(r.uvarint())
	p.own = sums{bad: Count(r.uvarint()), total: Count(r.uvarint()), measured: int64(r.uvarint())}
	if unit = 1; data[0] == pageVersion {
		unit = Count(r.uvarint())
	}
	return p, n, unit, r
}

// isCoarse reports whether a page has at most two slices an hour.
func (p page) isCoarse() bool {
	_, n, _, _ := head(p.data)
	return n <= 48
}

// check verifies a page's slices against its head: that they are sound, sorted
// and disjoint, and add up.
func (p page) check() error {
	var sum sums
	end, n := p.start, uint64(0)
	for s := range p.slices {
		if s.Start < end || s.End <= s.Start || dayOf(s.End) != p.day || s.Bad < 0 || s.Bad > s.Total {
			return fmt.Errorf("%w: slice %d is not sound", ErrCorruptPage, n)
		}
		sum, end, n = sum.plus(sumOf(s)), s.End, n+1
	}
	if _, want, _, _ := head(p.data); n != want || sum != p.own || end != p.end {
		return fmt.Errorf("%w: its %d slices are not those of its head", ErrCorruptPage, n)
	}
	return nil
}

// slices unpacks the page in order of time.
func (p page) slices(yield func(Slice) bool) {
	if len(p.data) == 0 {
		return
	}
	_, left, unit, r := head(p.data)
	next := Slice{End: p.start}
	for left > 0 && !r.short {
		n := min(r.uvarint(), left)
		if n == 0 {
			return
		}
		left -= n
		next.End += int64(r.uvarint())
		length := int64(r.uvarint())
		next.Source = Source(r.byte())
		var more bool
		if p.data[0] == varintPages {
			next, more = r.varintRun(n, next, length, yield)
		} else {
			next, more = r.blockRun(n, next, length, unit, yield)
		}
		if !more {
			return
		}
	}
}

// blockRun reads n slices in blocks, and returns the last.
func (r *varints) blockRun(n uint64, s Slice, length int64, unit Count, yield func(Slice) bool) (Slice, bool) {
	for n > 0 {
		block := int(min(n, blockLength))
		bads, totals := int(r.byte()), int(r.byte())
		size := (block*(bads+totals) + 7) / 8
		if r.short || bads > 64 || totals > 64 || size > len(r.b) {
			r.short = true
			return s, false
		}
		numbers := bitReader{b: r.b[:size]}
		r.b = r.b[size:]
		for range block {
			s.Start, s.End = s.End, s.End+length
			s.Bad = Count(numbers.read(bads)) * unit
			s.Total += Count(unzigzag(numbers.read(totals))) * unit
			if !yield(s) {
				return s, false
			}
		}
		n -= uint64(block)
	}
	return s, true
}

// varintRun reads n slices as the first version wrote them, and returns the
// last.
func (r *varints) varintRun(n uint64, s Slice, length int64, yield func(Slice) bool) (Slice, bool) {
	for ; n > 0; n-- {
		s.Start, s.End = s.End, s.End+length
		s.Bad = Count(r.uvarint())
		s.Total += Count(r.varint())
		if r.short || !yield(s) {
			return s, false
		}
	}
	return s, true
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
