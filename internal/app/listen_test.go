package app_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"headroom/internal/app"
	"headroom/internal/config"
)

// TestAddressInUse starts the service where something listens already.
func TestAddressInUse(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	c := config.Default()
	c.Listen, c.DataDir = taken.Addr().String(), filepath.Join(t.TempDir(), "data")
	_, err = app.New(t.Context(), app.Options{Config: c})
	if err == nil || !strings.Contains(err.Error(), c.Listen) || !strings.Contains(err.Error(), "another address with --listen") {
		t.Errorf("got %v, want which address is in use, and how to take another", err)
	}
	if _, err := os.Stat(c.DataDir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the data directory was made all the same (%v)", err)
	}
}
