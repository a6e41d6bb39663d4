// Package collectors says what a source of platform events is: something that
// knows who may speak for a platform, and what its deliveries mean. A source
// keeps nothing and asks nobody; whoever calls it stores the events before it
// answers the sender.
package collectors

import (
	"errors"

	"headroom/slo/event"
)

// Source reads the deliveries of one platform. It is safe for concurrent use.
type Source interface {
	// Name is the source of the events: "github".
	Name() string
	// Read verifies the sender of a delivery and then normalises it. The body is
	// as it was sent, byte for byte. Its events satisfy event.Event.Validate.
	// The same delivery gives the same events each time, and the order of
	// deliveries does not matter once the events are merged.
	//
	// Its error wraps one of the errors of this package when the delivery is at
	// fault; any other error is headroom's, and the sender may try again.
	Read(header Header, body []byte) ([]event.Event, error)
}

// Header gives the first value of a header, or "". http.Header is one.
type Header interface {
	Get(name string) string
}

// What can be wrong with a delivery. The texts around them are shown to the
// sender.
var (
	// ErrUnauthenticated: the sender did not prove who it is. Nothing of the
	// body has been believed, or even read as JSON.
	ErrUnauthenticated = errors.New("not authenticated")
	// ErrMalformed: the sender is known, the delivery cannot be understood.
	ErrMalformed = errors.New("malformed")
	// ErrIgnored: a delivery in order that is no event for headroom.
	ErrIgnored = errors.New("ignored")
	// ErrUnsupported: a kind of delivery that the source does not read. It is
	// to be answered as a success: senders stop delivering after failures.
	ErrUnsupported = errors.New("unsupported")
)
