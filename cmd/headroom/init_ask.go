package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// questions asks a person, line by line.
type questions struct {
	in  *bufio.Reader
	out io.Writer
	on  bool // somebody is there to answer
}

// errNoAnswer ends the questions when there is nobody to answer.
var errNoAnswer = errors.New("the answers ended before the questions did")

// ask asks until check accepts the answer. An empty answer is the default.
func (q *questions) ask(question, standard string, check func(string) error) (string, error) {
	for {
		if standard != "" {
			fmt.Fprintf(q.out, "%s [%s]: ", question, standard)
		} else {
			fmt.Fprintf(q.out, "%s: ", question)
		}
		line, err := q.in.ReadString('\n')
		if err != nil && line == "" {
			fmt.Fprintln(q.out)
			if errors.Is(err, io.EOF) {
				err = errNoAnswer
			}
			return "", fmt.Errorf("ask %q: %w", question, err)
		}
		answer := strings.TrimSpace(line)
		if answer == "" {
			answer = standard
		}
		if check == nil {
			return answer, nil
		}
		if err := check(answer); err != nil {
			fmt.Fprintf(q.out, "  %s\n", err)
			continue
		}
		return answer, nil
	}
}

// choose asks for some of a list of names, by their numbers or themselves.
func (q *questions) choose(question string, names []string, standard string) ([]int, error) {
	var chosen []int
	_, err := q.ask(question, standard, func(answer string) error {
		chosen = nil
		for _, field := range strings.FieldsFunc(answer, func(r rune) bool { return r == ',' || r == ' ' }) {
			at := slices.Index(names, field)
			if number, err := strconv.Atoi(field); err == nil && number >= 1 && number <= len(names) {
				at = number - 1
			}
			if at < 0 {
				return fmt.Errorf("%q is none of the names, nor of the numbers 1 to %d", field, len(names))
			}
			chosen = append(chosen, at)
		}
		if len(chosen) == 0 {
			return errors.New("choose at least one")
		}
		return nil
	})
	return chosen, err
}
