package truth_test

import (
	"testing"

	"headroom/internal/truth"
)

func TestBook(t *testing.T) {
	piece := func(from, to int64, bad, total float64) truth.Piece {
		return truth.Piece{Span: truth.Span{From: from, To: to}, Tally: truth.Tally{Bad: truth.Exactly(bad), Total: truth.Exactly(total)}}
	}
	b := truth.Book{Since: 0, Pieces: []truth.Piece{piece(0, 100, 1, 10), piece(100, 200, 2, 20), piece(300, 400, 4, 40)}}
	for name, tt := range map[string]struct {
		without    []truth.Span
		added      []truth.Addition
		span       truth.Span
		bad, total float64
		measured   int64
		life       int64
	}{
		"all":                  {span: truth.Span{From: 0, To: 400}, bad: 7, total: 70, measured: 300, life: 400},
		"a cut piece":          {span: truth.Span{From: 150, To: 400}, bad: 5, total: 50, measured: 150, life: 250},
		"ends within a piece":  {span: truth.Span{From: 0, To: 350}, bad: 3, total: 30, measured: 200, life: 350},
		"twice excluded":       {without: []truth.Span{{From: 50, To: 150}, {From: 100, To: 200}}, span: truth.Span{From: 0, To: 400}, bad: 4.5, total: 45, measured: 150, life: 250},
		"added":                {added: []truth.Addition{{Span: truth.Span{From: 200, To: 300}, Bad: -2, Total: 10}}, span: truth.Span{From: 250, To: 400}, bad: 3, total: 45, measured: 100, life: 150},
		"added on both sides":  {added: []truth.Addition{{Span: truth.Span{From: 200, To: 600}, Bad: 4, Total: 40}}, span: truth.Span{From: 300, To: 400}, bad: 5, total: 50, measured: 100, life: 100},
		"no less than nothing": {added: []truth.Addition{{Span: truth.Span{From: 300, To: 300}, Bad: -90}}, span: truth.Span{From: 0, To: 400}, bad: 0, total: 70, measured: 300, life: 400},
		"a moment that is excluded": {
			without: []truth.Span{{From: 250, To: 300}}, added: []truth.Addition{{Span: truth.Span{From: 300, To: 300}, Bad: 9}},
			span: truth.Span{From: 0, To: 400}, bad: 7, total: 70, measured: 300, life: 350,
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := b
			b.Without, b.Added = tt.without, tt.added
			a := b.Account(tt.span)
			if a.Measured != tt.measured || a.Life != tt.life {
				t.Errorf("%d of %d measured, want %d of %d", a.Measured, a.Life, tt.measured, tt.life)
			}
			for _, n := range []struct {
				got  truth.Interval
				want float64
			}{{a.Bad, tt.bad}, {a.Total, tt.total}} {
				if !n.got.Holds(n.want) || n.got.Hi-n.got.Lo > 0.2 {
					t.Errorf("%v events, want %v", n.got, n.want)
				}
			}
		})
	}
}

func TestLateIncrementsAreSeenLater(t *testing.T) {
	one := truth.Exactly(1)
	e := truth.NewExact([]truth.Increment{{At: 10, Bad: one, Total: one}, {At: 20, Seen: 50, Total: one}})
	if got := e.CountSeen(0, 30, 30).Total; got != one {
		t.Errorf("at the end %v are seen", got)
	}
	if got := e.CountSeen(0, 30, 50).Total; got != truth.Exactly(2) {
		t.Errorf("later %v are seen", got)
	}
	if got := (truth.AtOnce{Exact: e}).Count(0, 30).Total; got != one {
		t.Errorf("at once %v are seen", got)
	}
}
