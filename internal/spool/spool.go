// Package spool keeps reports of platform events in files until the service
// takes them: for commands that must not fail, or wait, because the service is
// away.
package spool

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"headroom/slo/event"
)

// MaxFiles bounds a spool. One more report pushes the oldest out.
const MaxFiles = 256

// maxFile bounds a file that is read, in bytes.
const maxFile = 4 << 20

// ErrRefused is wrapped by the error of a send that would be refused again.
var ErrRefused = errors.New("refused")

// Dir returns where spools are: $XDG_STATE_HOME/headroom/spool, or the same
// below $HOME/.local/state.
func Dir(getenv func(string) string) (string, error) {
	state := getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) { // so says the XDG Base Directory Specification
		home := getenv("HOME")
		if home == "" {
			return "", errors.New("neither XDG_STATE_HOME nor HOME is set")
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "headroom", "spool"), nil
}

// Spool holds the reports for one service. Several processes may use it at
// once: a report is then sent more than once at worst, which does no harm.
type Spool struct {
	dir string
	now func() time.Time
}

// New returns the spool below dir for the service at an address. Nothing is
// made before the first Add.
func New(dir, address string, now func() time.Time) *Spool {
	sum := sha256.Sum256([]byte(strings.TrimRight(address, "/")))
	return &Spool{dir: filepath.Join(dir, hex.EncodeToString(sum[:6])), now: now}
}

// Path returns the directory of the spool.
func (s *Spool) Path() string { return s.dir }

// Add keeps reports durably in one file, which only its owner can read. It
// returns how many older files had to go for it.
func (s *Spool) Add(reports ...event.Event) (dropped int, err error) {
	text, err := json.Marshal(reports)
	if err != nil {
		return 0, fmt.Errorf("keep reports: %w", err)
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return 0, fmt.Errorf("keep reports: %w", err)
	}
	names, err := s.names()
	if err != nil {
		return 0, err
	}
	for ; len(names)-dropped >= MaxFiles; dropped++ {
		if err := s.remove(names[dropped]); err != nil {
			return dropped, err
		}
	}
	if err := s.write(text); err != nil {
		return dropped, fmt.Errorf("keep reports: %w", err)
	}
	return dropped, nil
}

func (s *Spool) write(text []byte) error {
	f, err := os.CreateTemp(s.dir, ".new-*") // has mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		name := fmt.Sprintf("%020d-%s.json", s.now().UnixNano(), rand.Text()[:8])
		err = os.Rename(f.Name(), filepath.Join(s.dir, name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// names lists the files, the oldest first.
func (s *Spool) names() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("list kept reports: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if name := entry.Name(); strings.HasSuffix(name, ".json") && !strings.HasPrefix(name, ".") {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, cmp.Compare[string])
	return names, nil
}

func (s *Spool) remove(name string) error {
	if err := os.Remove(filepath.Join(s.dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove kept reports: %w", err)
	}
	return nil
}

// Delivery says what became of the kept files.
type Delivery struct {
	Sent    int
	Left    int     // still kept
	Refused []error // why files were thrown away: refused by the service, or damaged
}

// Deliver sends the files, the oldest first, and removes those that were taken
// or that would be refused again. It stops at the first other error and returns
// it.
func (s *Spool) Deliver(ctx context.Context, send func(context.Context, ...event.Event) error) (Delivery, error) {
	var d Delivery
	names, err := s.names()
	if err != nil {
		return d, err
	}
	for i, name := range names {
		d.Left = len(names) - i
		reports, err := s.read(name)
		if errors.Is(err, os.ErrNotExist) { // another process was faster
			continue
		}
		if err == nil {
			err = send(ctx, reports...)
		}
		switch {
		case err == nil:
			d.Sent++
		case errors.Is(err, ErrRefused):
			d.Refused = append(d.Refused, err)
		default:
			return d, err
		}
		if err := s.remove(name); err != nil {
			return d, err
		}
	}
	d.Left = 0
	return d, nil
}

// read wraps ErrRefused when the file is damaged.
func (s *Spool) read(name string) ([]event.Event, error) {
	path := filepath.Join(s.dir, name)
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read kept reports: %w", err)
	}
	if info.Size() > maxFile || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %s is too large", ErrRefused, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read kept reports: %w", err)
	}
	var reports []event.Event
	if err := json.Unmarshal(text, &reports); err != nil {
		return nil, fmt.Errorf("%w: %s is damaged: %w", ErrRefused, path, err)
	}
	return reports, nil
}
