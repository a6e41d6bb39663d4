package strictyaml

import "strings"

// Nearest returns the name that was probably meant: the one that takes the
// fewest edits (letters put in, left out, changed, or two swapped; Damerau's
// distance, optimal string alignment), if it takes no more than a third of
// the letters, at least one and at most three.
func Nearest(s string, names []string) (string, bool) {
	best, least := "", min(max(len(s)/3, 1), 3)+1
	for _, name := range names {
		if distance := editDistance(strings.ToLower(s), name, least); distance < least {
			best, least = name, distance
		}
	}
	return best, best != ""
}

// editDistance returns the number of edits, or any number >= limit when it is
// no less than that.
func editDistance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, previous, current := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := range len(a) {
		current[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			current[j+1] = min(previous[j]+cost, previous[j+1]+1, current[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				current[j+1] = min(current[j+1], before[j-1]+1)
			}
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}
