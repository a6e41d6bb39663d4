package budget

import (
	"math/big"
	"math/bits"

	"headroom/slo"
)

// fraction is num/den.
type fraction struct{ num, den int64 }

// budgetFraction returns 1 − target without rounding.
func budgetFraction(t slo.Target) fraction {
	r, ok := new(big.Rat).SetString(t.BudgetString())
	if !ok || !r.Num().IsInt64() || !r.Denom().IsInt64() {
		return fraction{0, 1}
	}
	return fraction{r.Num().Int64(), r.Denom().Int64()}
}

// exactBits is how large an integer float64 holds without rounding.
const exactBits = 53

// quotient returns the float64 nearest to (a·b − c·d)/(e·f), so that a number
// that is short in decimal prints short.
func quotient(a, b, c, d, e, f int64) float64 {
	if fits(a, b) && fits(c, d) && fits(e, f) {
		return float64(a*b-c*d) / float64(e*f)
	}
	product := func(x, y int64) *big.Int { return new(big.Int).Mul(big.NewInt(x), big.NewInt(y)) }
	above := product(a, b)
	nearest, _ := new(big.Rat).SetFrac(above.Sub(above, product(c, d)), product(e, f)).Float64()
	return nearest
}

// fits reports whether the product of two numbers that are not negative is
// exact in float64.
func fits(a, b int64) bool { return bits.Len64(uint64(a))+bits.Len64(uint64(b)) <= exactBits }
