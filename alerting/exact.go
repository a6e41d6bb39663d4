package alerting

import (
	"math/big"
	"strings"
	"time"
)

// rat reads a decimal that is known to be one.
func rat(decimal string) *big.Rat {
	r, ok := new(big.Rat).SetString(decimal)
	if !ok {
		panic("alerting: not a decimal: " + decimal)
	}
	return r
}

func nanos(d time.Duration) *big.Rat { return new(big.Rat).SetInt64(int64(d)) }

func float(r *big.Rat) float64 {
	f, _ := r.Float64()
	return f
}

// cut drops the decimals of a positive factor beyond factorDigits.
func cut(r *big.Rat) *big.Rat {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(factorDigits), nil)
	scaled := new(big.Rat).Mul(r, new(big.Rat).SetInt(scale))
	whole := new(big.Int).Quo(scaled.Num(), scaled.Denom())
	return new(big.Rat).SetFrac(whole, scale)
}

// decimal writes a number that has a finite decimal notation.
func decimal(r *big.Rat) string {
	digits, _ := r.FloatPrec()
	s := r.FloatString(digits)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// roundTo rounds nanoseconds to the nearest multiple of a step.
func roundTo(exact *big.Rat, step time.Duration) time.Duration {
	steps := new(big.Rat).Quo(exact, nanos(step))
	steps.Add(steps, big.NewRat(1, 2))
	return time.Duration(new(big.Int).Quo(steps.Num(), steps.Denom()).Int64()) * step
}

func ceilTo(d, step time.Duration) time.Duration { return (d + step - 1) / step * step }
