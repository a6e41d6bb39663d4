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
		list = append(list, Slice{start, end, Count(rapid.Int64Range(0, total).Draw(t, "bad")), Count(total), Source(rapid.IntRange(1, 3).Draw(t, "source"))})
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
	if n := len(newPage(20_000, list).data); n > 288*6 {
		t.Errorf("a day of 500 requests a second takes %d bytes, want at most 6 a slice", n)
	}
}
