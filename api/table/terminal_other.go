//go:build !unix

package table

import "os"

// terminalWidth takes no file for a terminal where it cannot be asked.
func terminalWidth(*os.File) (int, bool) { return 0, false }
