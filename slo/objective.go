package slo

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"
)

// Defaults and bounds of an objective's times.
const (
	DefaultWindow     = 28 * 24 * time.Hour
	DefaultResolution = 5 * time.Minute
	MinResolution     = 10 * time.Second
	MaxResolution     = 5 * time.Minute
	MaxWindow         = 366 * 24 * time.Hour
	// MinWindowSteps is how many resolution steps a window has at least.
	MinWindowSteps = 60
)

// Window is the time over which an objective is judged. Rolling is its length;
// calendar windows will be told apart by a field of their own.
type Window struct {
	Rolling time.Duration
}

// String returns the length: "28d".
func (w Window) String() string { return FormatDuration(w.Rolling) }

// Place is where in a file something was declared; lines and columns count
// from 1.
type Place struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// Objective is one resolved objective: every default is filled in and every
// bound is checked.
type Objective struct {
	ID          ID
	Description string
	Owner       string
	Channel     string
	Runbook     string            // URL, may be empty
	Labels      map[string]string // the team's own, never a reserved one
	Target      Target
	Window      Window
	Resolution  time.Duration // length of a tile and a slice
	Indicator   Indicator
	Template    Template   // that the indicator came from; zero without one
	GroupBy     []string   // sorted label names, empty when not grouped
	Formerly    []ID       // earlier ids whose ledger it continues
	Plan        *AlertPlan // how it alerts; nil for headroom's own way
	Place       Place      // of the objective's key
	// Sources says where the value of a key comes from: "checkout/slo.yaml:5",
	// "defaults organisation, rule 2 (org/defaults.yaml:7)" or SourceHeadroom.
	// Keys are those of the spec, "namespace", and "labels.NAME"; one without a
	// value is not in it. It changes nothing and is in no hash.
	Sources map[string]string
}

// SourceHeadroom in Objective.Sources stands for what headroom chooses itself.
const SourceHeadroom = "headroom's default"

// SLI returns the hash of the indicator, 8 hex digits. A change of it starts a
// new series of tiles and slices.
func (o *Objective) SLI() string { return indicatorHash(o.Indicator, o.GroupBy) }

// SpecHash returns a hash of everything that the rules depend on, 8 hex
// digits. It stands on slo:info, so that a reader can tell whether the rules
// in a metrics store are those of the current spec.
func (o *Objective) SpecHash() string {
	parts := []any{
		o.ID, o.Owner, o.Channel, o.Runbook, o.Description, o.Labels,
		o.Target, o.Window.Rolling, o.Resolution, o.Indicator.Canonical(), o.GroupBy,
	}
	if o.Plan != nil {
		parts = append(parts, o.Plan)
	}
	data, err := json.Marshal(parts)
	if err != nil {
		panic("slo: marshal of plain values: " + err.Error())
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:4])
}

// Service returns "namespace/name" of the service that owns the objective.
func (o *Objective) Service() string { return o.ID.Namespace + "/" + o.ID.Service }

// LabelAlert is the label by which alerts that are not about a burn say what
// they are about.
const LabelAlert = "slo_alert"

// ReservedLabels are the label names that headroom sets itself; neither user
// labels nor group labels may use them.
func ReservedLabels() []string {
	return []string{"slo", "sli", "service", "objective", "owner", "namespace", "severity", LabelAlert}
}

// Reserved reports whether a label name is one of ReservedLabels.
func Reserved(name string) bool { return slices.Contains(ReservedLabels(), name) }
