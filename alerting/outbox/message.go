// Package outbox delivers messages to a chat without losing one: each is
// durable before its first try, and is kept and tried until it is delivered. A
// crash between a delivery and its record repeats the message, marked as such.
package outbox

import (
	"context"
	"encoding/json"
	"time"
)

// Message is what is to be delivered.
type Message struct {
	Key     string          // names the message for ever: a second one with it is not taken
	Channel string          // where it goes, such as "#platform"
	Title   string          // what it is, for people who look after deliveries
	Body    json.RawMessage // what the Sender understands
}

// State is how far a message has come.
type State string

// The states.
const (
	Pending State = "pending"
	Sent    State = "sent"
	// Failed messages wait for a change of the configuration; they are tried
	// again every hour, and when the service starts.
	Failed State = "failed"
)

// Repeat says why a message may have been delivered before.
type Repeat string

// The reasons.
const (
	NoRepeat        Repeat = ""
	AfterRestart    Repeat = "restart"   // the service ended between a try and its record
	AfterNoResponse Repeat = "no_answer" // a try was sent and nothing answered
)

// Entry is a message in the outbox.
type Entry struct {
	ID int64
	Message
	State     State
	Attempts  int    // begun, with the present one
	LastError string // of the last try; "" before it
	Repeat    Repeat
	Enqueued  time.Time
	NextTry   time.Time
}

// Outcome is what came of a try.
type Outcome struct {
	State   State
	Error   string    // "" when it was sent
	NextTry time.Time // unless it was sent
	At      time.Time
	Repeat  Repeat // of the next try; NoRepeat keeps what there was
}

// Store keeps an outbox durable. What a call has acknowledged survives the
// death of the process and of the machine.
type Store interface {
	// Enqueue takes a message, due at once, unless there is one with its key
	// already; it reports whether it did.
	Enqueue(ctx context.Context, m Message, at time.Time) (bool, error)
	// Claim begins a try of the message that is due longest: until then, no
	// other Claim returns it. One that was begun and never recorded comes back
	// marked AfterRestart. It reports whether there is one.
	Claim(ctx context.Context, at, until time.Time) (Entry, bool, error)
	// Record ends the try of a claimed message.
	Record(ctx context.Context, id int64, o Outcome) error
	// Hasten makes every failed message due.
	Hasten(ctx context.Context, at time.Time) error
	// Withdraw forgets a failed message unless a try of it goes on; it reports
	// whether it did.
	Withdraw(ctx context.Context, id int64, at time.Time) (bool, error)
	// Unsent returns the messages that are not sent, the oldest first.
	Unsent(ctx context.Context) ([]Entry, error)
}

// Sender delivers a message. An error that is no *SendError is temporary.
type Sender interface {
	Send(ctx context.Context, m Message, repeat Repeat) error
}

// SendError is why a message was not delivered.
type SendError struct {
	Reason     string        // for people; shows no secret
	Permanent  bool          // only a change of configuration helps
	RetryAfter time.Duration // what the receiver asked for before anything else is sent; 0: nothing
	NoAnswer   bool          // the message may have been delivered all the same
	Err        error         // may be nil
}

func (f *SendError) Error() string { return f.Reason }

// Unwrap returns the cause.
func (f *SendError) Unwrap() error { return f.Err }
