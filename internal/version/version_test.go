package version

import "testing"

func TestStringPrefersTheStamp(t *testing.T) {
	before := stamped
	t.Cleanup(func() { stamped = before })

	stamped = "v1.2.3"
	if got := String(); got != "v1.2.3" {
		t.Errorf("String() = %q, want the stamped version", got)
	}
	stamped = ""
	if got := String(); got == "" {
		t.Error("String() of a build without a stamp is empty")
	}
}
