package slotest

import (
	"testing"
	"time"
)

func TestRanges(t *testing.T) {
	for _, tt := range []struct {
		text   string
		unit   Unit
		in     []float64
		out    []float64
		format string // of 12.3456
	}{
		{"78%", Percent, []float64{77.5, 78, 78.49, 78.5}, []float64{77.4, 78.6}, "12.35%"},
		{"78.2%", Percent, []float64{78.15, 78.25}, []float64{78.1, 78.3}, "12.346%"},
		{"78% ± 1", Percent, []float64{77, 79}, []float64{76.99, 79.01}, "12.35%"},
		{"78 % +- 0.5 %", Percent, []float64{77.5, 78.5}, []float64{77.49}, "12.346%"},
		{"-20% +/- 1%", Percent, []float64{-21, -19}, []float64{-18.9, 20}, "12.35%"},
		{"< 80%", Percent, []float64{79.99, -5}, []float64{80, 81}, "12.35%"},
		{">= 80%", Percent, []float64{80, 81}, []float64{79.9}, "12.35%"},
		{"70 .. 80%", Percent, []float64{70, 80}, []float64{69.9, 80.1}, "12.35%"},
		{"3 to 4", Number, []float64{3, 4}, []float64{2.9, 4.1}, "12.35"},
		{"3.2 ± 0", Number, []float64{3.2, 3.2 + 1e-12}, []float64{3.2001}, "12.346"},
		{"34m", Time, []float64{33 * 60, 35 * 60}, []float64{32.9 * 60, 35.1 * 60}, "12s346ms"},
		{"34m ± 2m", Time, []float64{32 * 60, 36 * 60}, []float64{31 * 60}, "12s346ms"},
		{"-10m .. 0", Time, []float64{-600, 0}, []float64{1}, "12s346ms"},
		{"none", Number, nil, []float64{0, 1}, "12.35"},
	} {
		r, err := parseRange(tt.text, tt.unit, time.Minute)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		for _, v := range tt.in {
			if !r.Holds(v) {
				t.Errorf("%v is not in %s", v, tt.text)
			}
		}
		for _, v := range tt.out {
			if r.Holds(v) {
				t.Errorf("%v is in %s", v, tt.text)
			}
		}
		if got := r.Format(12.3456); got != tt.format {
			t.Errorf("%s writes 12.3456 as %s, want %s", tt.text, got, tt.format)
		}
	}
}

func TestRangesThatAreNone(t *testing.T) {
	for _, text := range []string{"", "x", "1e3", "NaN", "78", "1 ±", "± 1%", "2% .. 1%", "<", "78% ± -1%", "78% of it", "999999999999999999999999999%"} {
		if r, err := parseRange(text, Percent, time.Minute); err == nil {
			t.Errorf("%q is %+v", text, r)
		}
	}
}

func TestRates(t *testing.T) {
	for text, want := range map[string]string{"100/s": "100", "2.5/m": "1/24", "0": "0", "20 / d": "1/4320", "0.001/h": "1/3600000"} {
		if got, err := parseRate(text); err != nil || got.RatString() != want {
			t.Errorf("%s is %v, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "100", "-1/s", "1/w", "1e9/s", "99999999999/s", "/s"} {
		if got, err := parseRate(text); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
}
