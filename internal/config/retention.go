package config

import (
	"fmt"
	"time"

	"headroom/internal/strictyaml"
	"headroom/slo"
)

// Retention says how long the data directory keeps what. Zero is as long as is
// needed at least.
type Retention struct {
	// Fine is for how long after they have left every window slices stay as they
	// were measured; later those of an hour become one.
	Fine time.Duration
	// Slices is how long slices, and what they were earlier, are kept: at least
	// twice the window of their objective.
	Slices time.Duration
	// Events is how long platform events are kept at least; those that a window
	// needs are kept longer.
	Events time.Duration
	// Audit is how long it is kept who changed what.
	Audit time.Duration
	// Decisions is how many answers of the gate to callers with a token are
	// kept, and a tenth of it of those without.
	Decisions int
}

// Defaults and bounds of Retention.
const (
	DefaultFine          = 35 * 24 * time.Hour
	DefaultKeepSlices    = 2 * slo.MaxWindow
	DefaultKeepEvents    = 90 * 24 * time.Hour
	DefaultKeepAudit     = 400 * 24 * time.Hour
	DefaultKeepDecisions = 10_000
	minKeepAudit         = 7 * 24 * time.Hour
	maxKeep              = 20 * 365 * 24 * time.Hour
	minDecisions         = 1_000
	maxDecisions         = 10_000_000
	DefaultCache         = 64 << 20 // bytes
	minCache             = 8 << 20
	maxCache             = 64 << 30
)

type retentionFile struct {
	Fine      strictyaml.Value[time.Duration] `yaml:"fine"`
	Slices    strictyaml.Value[time.Duration] `yaml:"slices"`
	Events    strictyaml.Value[time.Duration] `yaml:"events"`
	Audit     strictyaml.Value[time.Duration] `yaml:"audit"`
	Decisions strictyaml.Value[int]           `yaml:"decisions"`
}

func (r *reader) retention(f retentionFile) Retention {
	day := 24 * time.Hour
	keep := Retention{
		Fine:      r.duration(f.Fine, "retention.fine", DefaultFine, day, maxKeep),
		Slices:    r.duration(f.Slices, "retention.slices", DefaultKeepSlices, 56*day, maxKeep),
		Events:    r.duration(f.Events, "retention.events", DefaultKeepEvents, 30*day, maxKeep),
		Audit:     r.duration(f.Audit, "retention.audit", DefaultKeepAudit, minKeepAudit, maxKeep),
		Decisions: DefaultKeepDecisions,
	}
	if f.Decisions.IsSet() {
		if keep.Decisions = f.Decisions.V; keep.Decisions < minDecisions || keep.Decisions > maxDecisions {
			r.report(f.Decisions.Node, checkValue, fmt.Sprintf("retention.decisions %d is out of bounds", keep.Decisions),
				fmt.Sprintf("write a number from %d to %d", minDecisions, maxDecisions))
		}
	}
	if keep.Fine > keep.Slices {
		r.report(f.Fine.Key, checkConflict, "retention.fine is longer than retention.slices", "slices are gone by then: write a shorter one, or keep slices longer")
	}
	return keep
}

func (r *reader) cache(v strictyaml.Value[memorySize]) int64 {
	if !v.IsSet() {
		return DefaultCache
	}
	return int64(v.V)
}

// memorySize is a number of bytes of memory, such as 64MiB or 2GiB.
type memorySize int64

// UnmarshalText reads a number with a unit; its error is a *strictyaml.Fault.
func (m *memorySize) UnmarshalText(text []byte) error {
	n, ok := parseSize(string(text))
	if !ok {
		return fault("this is not a size", "write a size such as 64MiB, 512MB or 2GiB")
	}
	if n < minCache || n > maxCache {
		return fault("the size is out of bounds", "write a size from 8MiB to 64GiB")
	}
	*m = memorySize(n)
	return nil
}
