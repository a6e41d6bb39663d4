package loopback_test

import (
	"net"
	"testing"

	"headroom/internal/loopback"
)

// An address can be listened on, and is given once: a server that starts
// slowly keeps the one it was told.
func TestAddress(t *testing.T) {
	given := make(map[string]bool)
	for range 50 {
		address, err := loopback.Address(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if given[address] {
			t.Fatalf("%s was given twice", address)
		}
		given[address] = true
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatalf("listen on the address: %v", err)
		}
		t.Cleanup(func() { _ = l.Close() })
	}
}
