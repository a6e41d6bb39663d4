package budget

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawDay draws sorted, disjoint slices that end in a day.
func drawDay(t *rapid.T, day int64) []Slice {
	var list []Slice
	end := day*dayMillis - rapid.Int64Range(0, 100*dayMillis).Draw(t, "before")
	whole := rapid.Bool().Draw(t, "whole")
	for range rapid.IntRange(1, 300).Draw(t, "n") {
		start := end + rapid.SampledFrom([]int64{0, 0, 0, 1, 300_000}).Draw(t, "gap")
		end = start + rapid.SampledFrom([]int64{1, 10_000, 300_000, 300_000}).Draw(t, "length")
		if len(list) == 0 {
			end = max(end, day*dayMillis+rapid.Int64Range(1, dayMillis).Draw(t, "end"))
		}
		if dayOf(end) != day {
			break
		}
		total := rapid.Int64Range(0, 1<<50).Draw(t, "total")
		bad := rapid.Int64Range(0, total).Draw(t, "bad")
		if whole {
			bad, total = bad/100*100, total/100*100
		}
		list = append(list, Slice{start, end, Count(bad), Count(total), Source(rapid.IntRange(1, 3).Draw(t, "source"))})
	}
	return list
}

func TestPageComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		day := rapid.Int64Range(0, 90_000).Draw(rt, "day")
		list := drawDay(rt, day)
		written := newPage(day, list)
		read, err := loadPage(day, written.data)
		if err == nil {
			err = read.check()
		}
		if err != nil {
			rt.Fatal(err)
		}
		if got := slices.Collect(read.slices); !slices.Equal(got, list) {
			rt.Fatalf("got %v, want %v", got, list)
		}
		if diff := cmp.Diff(written, read, cmp.AllowUnexported(page{}, sums{})); diff != "" {
			rt.Fatalf("read differs from written: %s", diff)
		}
	})
}

// varintPage packs slices as the first version did.
func varintPage(day int64, list []Slice) []byte {
	p := newPage(day, list)
	b := []byte{varintPages}
	b = binary.AppendVarint(b, day)
	b = binary.AppendUvarint(b, uint64(len(list)))
	b = binary.AppendVarint(b, p.start-day*dayMillis)
	b = binary.AppendUvarint(b, uint64(p.end-p.start))
	b = binary.AppendUvarint(b, uint64(p.own.bad))
	b = binary.AppendUvarint(b, uint64(p.own.total))
	b = binary.AppendUvarint(b, uint64(p.own.measured))
	for previous := (Slice{End: p.start}); len(list) > 0; {
		n, first := runLength(list), list[0]
		b = binary.AppendUvarint(b, uint64(n))
		b = binary.AppendUvarint(b, uint64(first.Start-previous.End))
		b = binary.AppendUvarint(b, uint64(first.End-first.Start))
		b = append(b, byte(first.Source))
		for _, s := range list[:n] {
			b = binary.AppendUvarint(b, uint64(s.Bad))
			b = binary.AppendVarint(b, int64(s.Total-previous.Total))
			previous = s
		}
		list = list[n:]
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func TestPageOfTheFirstVersionIsRead(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		list := drawDay(rt, 20_000)
		p, err := loadPage(20_000, varintPage(20_000, list))
		if err == nil {
			err = p.check()
		}
		if got := slices.Collect(p.slices); err != nil || !slices.Equal(got, list) {
			rt.Fatalf("got %v, %v, want %v", got, err, list)
		}
	})
}

func TestDamagedPageIsFound(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		data := newPage(20_000, drawDay(rt, 20_000)).data
		spoiled := slices.Clone(data)
		switch rapid.IntRange(0, 2).Draw(rt, "how") {
		case 0:
			spoiled[rapid.IntRange(0, len(data)-1).Draw(rt, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(rt, "bit")
		case 1:
			spoiled = spoiled[:rapid.IntRange(0, len(data)-1).Draw(rt, "length")]
		case 2:
			spoiled = append(spoiled, 0)
		}
		if _, err := loadPage(20_000, spoiled); !errors.Is(err, ErrCorruptPage) {
			rt.Fatalf("loadPage of a spoiled page returned %v", err)
		}
		if _, err := loadPage(20_001, data); !errors.Is(err, ErrCorruptPage) {
			rt.Fatalf("loadPage of another day's page returned %v", err)
		}
	})
}

// A page with a right checksum and wrong content must end and be found out: it
// may come from a broken program.
func FuzzPage(f *testing.F) {
	f.Add(int64(20_000), newPage(20_000, []Slice{{20_000 * dayMillis, 20_000*dayMillis + 300_000, 1, 2, SourceTile}}).data)
	f.Add(int64(0), []byte{pageVersion, 0, 1, 0, 1, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, day int64, data []byte) {
		if len(data) >= 5 {
			data = reseal(data)
		}
		p, err := loadPage(day, data)
		if err != nil {
			return
		}
		list := slices.Collect(p.slices)
		if p.check() != nil {
			return
		}
		for i, s := range list {
			if s.End <= s.Start || s.Bad < 0 || s.Bad > s.Total || i > 0 && s.Start < list[i-1].End {
				t.Fatalf("an accepted page holds %+v", s)
			}
		}
	})
}

// reseal gives a page the checksum of its content.
func reseal(data []byte) []byte {
	body := data[:len(data)-4]
	return binary.LittleEndian.AppendUint32(slices.Clone(body), crc32.Checksum(body, castagnoli))
}

func TestPageIsSmall(t *testing.T) {
	var list []Slice
	for i := range int64(288) {
		start := 20_000*dayMillis + i*300_000
		list = append(list, Slice{start, start + 300_000, Count(i * 37 % 3000), Count(15_000_000 + i*7919%90_000), SourceTile})
	}
	if n := len(newPage(20_000, list).data); n > 288*17/4 {
		t.Errorf("a day of 500 requests a second takes %d bytes, want at most 4¼ a slice", n)
	}
	for i := range list {
		list[i].Bad, list[i].Total = list[i].Bad/100*100, list[i].Total/100*100
	}
	if n := len(newPage(20_000, list).data); n > 288*5/2 {
		t.Errorf("a day of whole requests takes %d bytes, want at most 2.5 a slice", n)
	}
}
