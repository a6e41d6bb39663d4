package sim

import (
	"math"
	"math/rand/v2"
)

// poisson draws a Poisson number: by inversion for small means, by the
// transformed rejection of Hörmann, "The transformed rejection method for
// generating Poisson random variables" (1993), algorithm PTRS, for larger ones.
func poisson(random *rand.Rand, mean float64) int64 {
	if mean <= 0 {
		return 0
	}
	if mean < 12 {
		return poissonInversion(random, mean)
	}
	return poissonRejection(random, mean)
}

func poissonInversion(random *rand.Rand, mean float64) int64 {
	u := random.Float64()
	p := math.Exp(-mean)
	// Rounding may leave the sum of all p a hair below 1; no number above the
	// bound has a chance that a float64 could show.
	const bound = 200
	k := int64(0)
	for ; u > p && k < bound; k++ {
		u -= p
		p *= mean / float64(k+1)
	}
	return k
}

func poissonRejection(random *rand.Rand, mean float64) int64 {
	logMean := math.Log(mean)
	b := 0.931 + 2.53*math.Sqrt(mean)
	a := -0.059 + 0.02483*b
	inverseAlpha := 1.1239 + 1.1328/(b-3.4)
	accept := 0.9277 - 3.6224/(b-2)
	for {
		u, v := random.Float64()-0.5, random.Float64()
		us := 0.5 - math.Abs(u)
		k := math.Floor((2*a/us+b)*u + mean + 0.43)
		if us >= 0.07 && v <= accept {
			return int64(k)
		}
		if k < 0 || us < 0.013 && v > us {
			continue
		}
		factorial, _ := math.Lgamma(k + 1)
		if math.Log(v)+math.Log(inverseAlpha)-math.Log(a/(us*us)+b) <= k*logMean-mean-factorial {
			return int64(k)
		}
	}
}
