package rules

import "testing"

func TestPercentIsForPeople(t *testing.T) {
	for share, want := range map[float64]string{
		0.00000123: "0.00012%", 0.0015: "0.15%", 0.0579: "5.8%", 0.05: "5%", 0.578: "58%", 0.9978: "100%", 1: "100%", 8.333: "833%", 99.9999: "10000%",
	} {
		if got := percent(share); got != want {
			t.Errorf("%v: %s, want %s", share, got, want)
		}
	}
}
