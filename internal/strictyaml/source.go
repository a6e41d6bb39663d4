// Package strictyaml reads YAML written by people: it reports every problem
// with its place, knows no aliases, anchors, merge keys and tags, and refuses
// what is too large before reading it.
package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"unicode/utf8"

	"headroom/slo/diag"
)

// DefaultLimit is the size of the largest file that is read, in bytes.
const DefaultLimit = 1 << 20

// Source is one YAML text of one or several documents.
type Source struct {
	name   string
	data   []byte
	lines  []int                    // byte offset of the beginning of each line; made when needed
	fields map[reflect.Type][]field // of the structs that were decoded into
}

// ReadFile reads a file of at most limit bytes (DefaultLimit when 0). A file
// that cannot be read, is too large or is not clean text gives no source and
// the problems that say so; a larger file is not read at all.
func ReadFile(name string, limit int64) (*Source, []diag.Problem) {
	if limit <= 0 {
		limit = DefaultLimit
	}
	data, problem := readLimited(name, limit)
	if problem != nil {
		return nil, []diag.Problem{*problem}
	}
	return NewSource(name, data)
}

func readLimited(name string, limit int64) ([]byte, *diag.Problem) {
	file, info, problem := openRegular(name)
	if problem != nil {
		return nil, problem
	}
	defer func() { _ = file.Close() }() // it was only read
	if info.Size() > limit {
		return nil, tooLarge(name, limit)
	}
	var b bytes.Buffer
	b.Grow(int(info.Size()) + bytes.MinRead)
	if _, err := b.ReadFrom(io.LimitReader(file, limit+1)); err != nil {
		return nil, unreadable(name, err)
	}
	if int64(b.Len()) > limit {
		return nil, tooLarge(name, limit)
	}
	return b.Bytes(), nil
}

// openRegular opens a plain file. What else has a name is not even opened, since
// that may do something; what has taken the file's place in between is opened
// without waiting for it.
func openRegular(name string) (*os.File, fs.FileInfo, *diag.Problem) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, nil, unreadable(name, err)
	}
	if problem := irregular(name, info.Mode()); problem != nil {
		return nil, nil, problem
	}
	file, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, unreadable(name, err)
	}
	if info, err = file.Stat(); err != nil {
		_ = file.Close() // nothing was read
		return nil, nil, unreadable(name, err)
	}
	if problem := irregular(name, info.Mode()); problem != nil {
		_ = file.Close() // nothing was read
		return nil, nil, problem
	}
	return file, info, nil
}

// irregular is the problem of what is no plain file.
func irregular(name string, mode fs.FileMode) *diag.Problem {
	switch {
	case mode.IsDir():
		return unreadable(name, errors.New("it is a directory"))
	case !mode.IsRegular():
		return fileProblem(name, "unreadable-file", "read this file: it is no regular file", "put a plain file there, or give it another name")
	}
	return nil
}

func fileProblem(name, check, message, hint string) *diag.Problem {
	return &diag.Problem{Check: check, Severity: diag.Error, File: name, Line: 1, Column: 1, EndColumn: 1, Message: message, Hint: hint}
}

// Empty is the problem of a text without a document, where one of what, such as
// "a plan", should be.
func (s *Source) Empty(what string) diag.Problem {
	return *fileProblem(s.name, "empty-file", "the file holds no document", fmt.Sprintf("write %s with headroom: v1 as the first line, or remove the file", what))
}

func unreadable(name string, err error) *diag.Problem {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fileProblem(name, "unreadable-file", fmt.Sprintf("read this file: %v", err), "make it a file that this user may read, or leave it out")
}

func tooLarge(name string, limit int64) *diag.Problem {
	return fileProblem(name, "file-too-large", fmt.Sprintf("the file is larger than %d KiB", limit>>10), "split it into several files")
}

// NewSource takes a text whose problems shall name the given file. It keeps
// data. A text that is not UTF-8 or holds characters that YAML forbids gives
// no source and the problems that say so.
func NewSource(name string, data []byte) (*Source, []diag.Problem) {
	s := &Source{name: name, data: bytes.TrimPrefix(data, []byte("\uFEFF"))}
	if at := invalidUTF8(s.data); at >= 0 {
		hint := "save the file as UTF-8"
		if bytes.HasPrefix(data, []byte("\xFF\xFE")) || bytes.HasPrefix(data, []byte("\xFE\xFF")) {
			hint = "the file is UTF-16: save it as UTF-8"
		}
		return nil, []diag.Problem{s.problem("not-utf8", at, at+1, "the file is not UTF-8 text", hint)}
	}
	if problems := s.badCharacters(); problems != nil {
		return nil, problems
	}
	return s, nil
}

// Name returns the name of the file.
func (s *Source) Name() string { return s.name }

func invalidUTF8(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// badCharacters finds the characters that YAML forbids and the line breaks
// that editors and YAML count differently. It stops at the tenth.
func (s *Source) badCharacters() []diag.Problem {
	const most = 10
	var problems []diag.Problem
	for i := 0; i < len(s.data); i++ {
		if c := s.data[i]; c >= ' ' && c < 0x7F || c == '\n' || c == '\t' {
			continue
		}
		start := i
		r, size := utf8.DecodeRune(s.data[i:])
		i += size - 1
		if !badCharacter(s.data, start, r) {
			continue
		}
		hint := "remove it, or write it as an escape in double quotes"
		if r == '\r' {
			hint = `end lines with \n or \r\n`
		}
		problems = append(problems, s.problem("bad-character", start, start+size, fmt.Sprintf("character %U is not allowed here", r), hint))
		if len(problems) == most {
			break
		}
	}
	return problems
}

func badCharacter(data []byte, i int, r rune) bool {
	switch {
	case r == '\r':
		return i+1 >= len(data) || data[i+1] != '\n'
	case r < ' ':
		return r != '\n' && r != '\t'
	}
	return r >= 0x7F && r <= 0x9F || r == 0x2028 || r == 0x2029 || r == 0xFEFF || r == 0xFFFE || r == 0xFFFF
}

// problem makes a problem of the bytes from start to end, or to the end of the
// first line.
func (s *Source) problem(check string, start, end int, message, hint string) diag.Problem {
	line, from, to := s.lineAt(start)
	text := s.data[from:to]
	start, end = min(start, to), min(end, to)
	p := diag.Problem{
		Check: check, Severity: diag.Error, File: s.name, Message: shorten(message), Hint: shorten(hint),
		Line: line, Column: utf8.RuneCount(s.data[from:start]) + 1,
	}
	p.EndColumn = p.Column + max(utf8.RuneCount(s.data[start:max(start, end)]), 1)
	p.SetExcerpt(string(text))
	return p
}

// shorten cuts a sentence that quotes something very long.
func shorten(s string) string {
	const most = 400
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// lineAt returns the line of a byte, counting from 1, and where it begins and
// ends without its line break.
func (s *Source) lineAt(offset int) (line, start, end int) {
	s.index()
	i, found := slices.BinarySearch(s.lines, offset)
	if !found {
		i--
	}
	start, end = s.lines[i], len(s.data)
	if i+1 < len(s.lines) {
		end = s.lines[i+1]
	}
	return i + 1, start, start + len(bytes.TrimRight(s.data[start:end], "\r\n"))
}

func (s *Source) index() {
	if s.lines != nil {
		return
	}
	s.lines = append(s.lines, 0)
	for i, c := range s.data {
		if c == '\n' && i+1 < len(s.data) {
			s.lines = append(s.lines, i+1)
		}
	}
}

// ReadText reads a file as ReadFile does, but takes any bytes.
func ReadText(name string) ([]byte, []diag.Problem) {
	data, problem := readLimited(name, DefaultLimit)
	if problem != nil {
		return nil, []diag.Problem{*problem}
	}
	return data, nil
}
