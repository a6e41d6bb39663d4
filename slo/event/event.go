// Package event is what headroom knows of one run of the platform: a pipeline,
// a deployment, a provisioning and the like. It says how the reports about one
// run become one event, whatever their order and however often they come, and
// how an indicator of platform events judges it. It knows no clock, no network
// and no file.
package event

import "time"

// Kind says what ran.
type Kind string

// The kinds.
const (
	Pipeline     Kind = "pipeline"
	Deployment   Kind = "deployment"
	Provisioning Kind = "provisioning"
	Scaffold     Kind = "scaffold"
	Probe        Kind = "probe"
)

// Kinds returns all kinds.
func Kinds() []Kind { return []Kind{Pipeline, Deployment, Provisioning, Scaffold, Probe} }

// Outcome says how a run ended.
type Outcome string

// The outcomes.
const (
	Unsettled Outcome = "" // it has not ended, as far as is known
	Success   Outcome = "success"
	Failure   Outcome = "failure"
	Cancelled Outcome = "cancelled" // somebody ended it, or something newer took its place
	Skipped   Outcome = "skipped"   // it never ran, such as a held deployment
)

// Outcomes returns the outcomes of a run that has ended.
func Outcomes() []Outcome { return []Outcome{Success, Failure, Cancelled, Skipped} }

// Fault says who answers for a failure.
type Fault string

// The owners of faults.
const (
	FaultPlatform   Fault = "platform"
	FaultUser       Fault = "user"
	FaultThirdParty Fault = "third-party"
	FaultCancelled  Fault = "cancelled"
	FaultUnknown    Fault = "unknown" // a failure without any owner counts as this, too
)

// Faults returns all owners of faults.
func Faults() []Fault {
	return []Fault{FaultPlatform, FaultUser, FaultThirdParty, FaultCancelled, FaultUnknown}
}

// Event is one attempt of one run. Everything but what Key names may be
// missing; the zero time is an unknown one.
type Event struct {
	Source  string `json:"source"`  // who reports it: "github", "exec"
	Kind    Kind   `json:"kind"`    // what ran
	Subject string `json:"subject"` // what it ran for, stable from run to run: "acme/shop: build.yml"
	Run     string `json:"run"`     // names the run within source, kind and subject
	Attempt int    `json:"attempt"` // counts from 1
	Service string `json:"service,omitempty"`

	Queued   time.Time `json:"queued,omitzero"`
	Started  time.Time `json:"started,omitzero"`
	Finished time.Time `json:"finished,omitzero"` // set exactly when Outcome is
	Outcome  Outcome   `json:"outcome,omitempty"`
	Fault    Fault     `json:"fault,omitempty"`
	// Updated is when the source last changed its mind about outcome and
	// fault. Of two reports that differ the later one holds; zero is earliest.
	Updated time.Time `json:"updated,omitzero"`

	Environment string            `json:"environment,omitempty"`
	Branch      string            `json:"branch,omitempty"`
	Revision    string            `json:"revision,omitempty"`
	Change      string            `json:"change,omitempty"` // what kind of change: "feature", "fix"
	URL         string            `json:"url,omitempty"`
	Attributes  map[string]string `json:"attributes,omitempty"`
}

// Key is the identity of an event: reports with one key are about one attempt
// of one run. It is comparable.
type Key struct {
	Source  string
	Kind    Kind
	Subject string
	Run     string
	Attempt int
}

// Key returns the event's identity.
func (e Event) Key() Key { return Key{e.Source, e.Kind, e.Subject, e.Run, e.Attempt} }

// Settled reports whether the run has ended.
func (e Event) Settled() bool { return e.Outcome != Unsettled }
