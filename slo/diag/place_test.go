package diag_test

import (
	"testing"

	"headroom/slo/diag"
)

func TestPlaceIsPrintedAsFarAsItIsKnown(t *testing.T) {
	p := diag.Problem{Check: "some-check", Severity: diag.Error, Message: "it broke"}
	if got, want := p.String(), "error: it broke [some-check]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.File = "slo.yaml"
	if got, want := p.String(), "slo.yaml: error: it broke [some-check]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.Line, p.Column = 3, 5
	if got, want := p.String(), "slo.yaml:3:5: error: it broke [some-check]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
