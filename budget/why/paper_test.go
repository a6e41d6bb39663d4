package why_test

import (
	"math/big"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"headroom/slo"
)

// evaluate computes a calculation as it is printed, like somebody on paper: in
// rational numbers, with durations in seconds.
func evaluate(t *testing.T, text string) *big.Rat {
	t.Helper()
	p := paper{t: t, rest: text}
	r := p.sum()
	if p.skip(); p.rest != "" {
		t.Fatalf("%q goes on with %q", text, p.rest)
	}
	return r
}

type paper struct {
	t    *testing.T
	rest string
}

func (p *paper) skip() { p.rest = strings.TrimLeft(p.rest, " ") }

func (p *paper) take(signs string) rune {
	p.skip()
	r, size := utf8.DecodeRuneInString(p.rest)
	if size == 0 || !strings.ContainsRune(signs, r) {
		return 0
	}
	p.rest = p.rest[size:]
	return r
}

func (p *paper) sum() *big.Rat {
	r := p.product()
	for p.take("−") != 0 {
		r = new(big.Rat).Sub(r, p.product())
	}
	return r
}

func (p *paper) product() *big.Rat {
	r := p.atom()
	for {
		switch p.take("×÷") {
		case '×':
			r = new(big.Rat).Mul(r, p.atom())
		case '÷':
			r = new(big.Rat).Quo(r, p.atom())
		default:
			return r
		}
	}
}

func (p *paper) atom() *big.Rat {
	if p.take("(") != 0 {
		r := p.sum()
		if p.take(")") == 0 {
			p.t.Fatalf("%q does not close", p.rest)
		}
		return r
	}
	p.skip()
	word := p.rest
	if i := strings.IndexAny(word, " )"); i >= 0 {
		word = word[:i]
	}
	p.rest = p.rest[len(word):]
	if r, ok := new(big.Rat).SetString(word); ok {
		return r
	}
	d, err := slo.ParseDuration(word)
	if err != nil {
		p.t.Fatalf("%q is no number", word)
	}
	return big.NewRat(d.Milliseconds(), 1000)
}

// decimal is the number that JSON shows.
func decimal(t *testing.T, f float64) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(f, 'f', -1, 64))
	if !ok {
		t.Fatalf("%v is no number", f)
	}
	return r
}

func same(t *testing.T, what string, got, want *big.Rat) {
	t.Helper()
	if got.Cmp(want) != 0 {
		t.Errorf("%s: %s, want %s", what, got.FloatString(4), want.FloatString(4))
	}
}
