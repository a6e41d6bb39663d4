package main

import (
	"encoding/xml"
	"fmt"
	"strings"

	"headroom/internal/trial"
)

// The elements of JUnit's XML that CI systems read.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string     `xml:"classname,attr"`
		Name    string     `xml:"name,attr"`
		File    string     `xml:"file,attr"`
		Time    string     `xml:"time,attr"`
		Failure *junitText `xml:"failure"`
		Error   *junitText `xml:"error"`
	}
	junitText struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// junit writes a suite for each file. A problem of a file is an error in it.
func (r *results) junit() ([]byte, error) {
	var all junitSuites
	for _, file := range r.loaded.Files {
		all.Suites = append(all.Suites, r.junitSuite(file))
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write JUnit's XML: %w", err)
	}
	return append([]byte(xml.Header), append(text, '\n')...), nil
}

func (r *results) junitSuite(file string) junitSuite {
	suite := junitSuite{Name: file}
	var seconds float64
	for i := range r.outcomes {
		if o := &r.outcomes[i]; o.Case.Place.File == file {
			seconds += o.Elapsed.Seconds()
			suite.add(newJunitCase(o))
		}
	}
	for _, p := range r.loaded.Problems {
		if p.File == file {
			suite.add(junitCase{Class: "file", Name: p.String(), File: file, Time: "0", Error: &junitText{Message: p.Message, Text: p.Hint}})
		}
	}
	suite.Time = fmt.Sprintf("%.3f", seconds)
	return suite
}

func (s *junitSuite) add(c junitCase) {
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Error != nil {
		s.Errors++
	}
	s.Cases = append(s.Cases, c)
}

func newJunitCase(o *trial.Outcome) junitCase {
	c := junitCase{
		Class: o.Case.Objective.ID.String(), Name: o.Case.Name, File: o.Case.Place.File,
		Time: fmt.Sprintf("%.3f", o.Elapsed.Seconds()),
	}
	if o.Passed() {
		return c
	}
	parts := make([]string, len(o.Failures))
	for i, f := range o.Failures {
		parts[i] = fmt.Sprintf("%s: expected %s, got %s", f.What, f.Expected, f.Got)
	}
	c.Failure = &junitText{Message: strings.Join(parts, "; "), Text: outcomeText(o, true)}
	return c
}
