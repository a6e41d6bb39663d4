package event

import "strings"

// nearest returns the word that was probably meant: the one that takes the
// fewest letters put in, left out or changed (Levenshtein's distance), if it
// takes no more than a third of them.
func nearest(s string, words []string) (string, bool) {
	best, least := "", max(len(s)/3, 1)+1
	for _, word := range words {
		if d := distance(strings.ToLower(s), strings.ToLower(word)); d < least {
			best, least = word, d
		}
	}
	return best, best != ""
}

func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
