// Package version knows which build of headroom is running.
package version

import (
	"runtime"
	"runtime/debug"
)

// stamped is set by the linker; see the Makefile.
var stamped string

// String returns the version of this build: the tag or commit that the
// Makefile stamped, else the module version that go install recorded, else
// "unknown".
func String() string {
	if stamped != "" {
		return stamped
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "unknown"
	}
	return info.Main.Version
}

// Go returns the version of Go that this build was made with, such as "go1.26".
func Go() string { return runtime.Version() }
