package slotest

import (
	"fmt"
	"math/big"
	"strings"
	"time"
)

// units are what a rate can be per.
func units() map[string]time.Duration {
	return map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}
}

// parseRate reads events per time: "100/s", "2.5/m", "0". It returns events per
// second, exactly.
func parseRate(s string) (*big.Rat, error) {
	s = strings.TrimSpace(s)
	number, per, found := strings.Cut(s, "/")
	number, per = strings.TrimSpace(number), strings.TrimSpace(per)
	if s == "0" {
		return new(big.Rat), nil
	}
	unit, known := units()[per]
	rate, ok := parseDecimal(number)
	if !found || !known || !ok {
		return nil, fmt.Errorf("%q is not a rate", s)
	}
	if rate.Cmp(big.NewRat(1e9, 1)) > 0 {
		return nil, fmt.Errorf("rate %s is more than 1,000,000,000", s)
	}
	return rate.Quo(rate, big.NewRat(int64(unit/time.Second), 1)), nil
}

// parsePercent reads "0.02%" as the exact ratio 0.0002.
func parsePercent(s string) (*big.Rat, error) {
	digits, found := strings.CutSuffix(strings.TrimSpace(s), "%")
	ratio, ok := parseDecimal(strings.TrimSpace(digits))
	switch {
	case !ok:
		return nil, fmt.Errorf("%q is not a percentage", s)
	case !found:
		return nil, fmt.Errorf("%q has no percent sign", s)
	}
	return ratio.Quo(ratio, big.NewRat(100, 1)), nil
}

// parseDecimal reads digits with at most one point.
func parseDecimal(s string) (*big.Rat, bool) {
	whole, fraction, dotted := strings.Cut(s, ".")
	if len(s) > 24 || !isDecimal(whole) || dotted && !isDecimal(fraction) {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}
