package main

import (
	"strconv"
	"strings"
)

// field returns a number of kilobytes from /proc/self/status in bytes.
func field(status, name string) int64 {
	for line := range strings.Lines(status) {
		if rest, found := strings.CutPrefix(line, name); found {
			n, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return n * 1024
		}
	}
	return 0
}
