package outputs

import (
	"crypto/sha256"

	"headroom/rules"
	"headroom/slo"
)

// overhead is room for an object's own lines.
const overhead = 2 << 10

// part is what goes into one object, or into one file of a ConfigMap.
type part struct {
	service *slo.Objective // any objective of the service
	suffix  string         // "" when the service was not split, else ".p" and the bits
	pieces  []piece
}

func (p part) size() int {
	n := 0
	for _, piece := range p.pieces {
		n += piece.size
	}
	return n
}

// parts compiles the objectives of one service and splits them where they are
// too large together.
func (out *Output) parts(objectives []*slo.Objective) ([]part, error) {
	var all part
	leads := rules.Leads(objectives)
	for _, o := range objectives {
		p, err := out.piece(o, !leads[o.ID])
		if err != nil {
			return nil, err
		}
		if p.size > out.options.MaxBytes-overhead {
			return nil, out.tooLarge(p)
		}
		all.pieces = append(all.pieces, p)
	}
	bins := split(all.pieces, out.options.MaxBytes-overhead,
		func(p piece) (string, int) { return p.objective.ID.String(), p.size })
	parts := make([]part, 0, len(bins))
	for _, b := range bins {
		parts = append(parts, part{service: objectives[0], suffix: b.suffix(), pieces: b.items})
	}
	return parts, nil
}

// bin holds the items whose hash begins with the same bits.
type bin[T any] struct {
	bits  string
	items []T
}

func (b bin[T]) suffix() string {
	if b.bits == "" {
		return ""
	}
	return ".p" + b.bits
}

// split puts items into as few bins as a tree of the bits of their hashes
// allows, none of them larger than the limit. A bin that overflows becomes two,
// and no item of another bin moves. Within a bin the items keep their order. One
// item is never split.
func split[T any](items []T, limit int, of func(T) (key string, size int)) []bin[T] {
	return divide(bin[T]{items: items}, limit, of)
}

func divide[T any](b bin[T], limit int, of func(T) (string, int)) []bin[T] {
	total := 0
	for _, item := range b.items {
		_, size := of(item)
		total += size
	}
	if total <= limit || len(b.items) < 2 || len(b.bits) == 8*sha256.Size {
		return []bin[T]{b}
	}
	halves := [2]bin[T]{{bits: b.bits + "0"}, {bits: b.bits + "1"}}
	for _, item := range b.items {
		key, _ := of(item)
		i := bit(key, len(b.bits))
		halves[i].items = append(halves[i].items, item)
	}
	var bins []bin[T]
	for _, half := range halves {
		if len(half.items) > 0 {
			bins = append(bins, divide(half, limit, of)...)
		}
	}
	return bins
}

// bit is the n-th bit of the hash of a key.
func bit(key string, n int) int {
	sum := sha256.Sum256([]byte(key))
	return int(sum[n/8]>>(7-n%8)) & 1
}
