package ruler

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// PartialError says how far a push came.
type PartialError struct {
	Applied  []Change // done
	Failed   Change   // what the ruler did not do, or perhaps did without saying so
	NotTried []Change // left as it was
	Err      error
}

// Error says what failed, and how far the push came.
func (e *PartialError) Error() string {
	return fmt.Sprintf("%s: %s; of %d changes %d were made before it and %d were not tried",
		e.Failed, e.Err, len(e.Applied)+1+len(e.NotTried), len(e.Applied), len(e.NotTried))
}

// Unwrap returns the cause.
func (e *PartialError) Unwrap() error { return e.Err }

// Unsure reports whether the change that failed may have been made all the same.
func (e *PartialError) Unsure() bool {
	var refused *Error
	return !errors.As(e.Err, &refused) || refused.Unsure()
}

// Apply makes the changes of a plan, one after another, and stops at the first
// that cannot be made; its error is a *PartialError then. Each change may be made
// twice without harm, so a push can be repeated after any failure. Done is told
// each change that was made; it may be nil.
func (c *Client) Apply(ctx context.Context, p Plan, done func(Change)) error {
	for i, change := range p.Changes {
		if err := c.apply(ctx, change); err != nil {
			return &PartialError{Applied: p.Changes[:i], Failed: change, NotTried: p.Changes[i+1:], Err: err}
		}
		if done != nil {
			done(change)
		}
	}
	return nil
}

func (c *Client) apply(ctx context.Context, change Change) error {
	if change.Action == Delete {
		_, err := c.request(ctx, http.MethodDelete, c.at(change.Namespace, change.Group), nil)
		var refused *Error
		if errors.As(err, &refused) && refused.Status == http.StatusNotFound {
			return nil // somebody was faster, or an answer was lost
		}
		return err
	}
	text, err := body(change.Want)
	if err != nil {
		return err
	}
	_, err = c.request(ctx, http.MethodPost, c.at(change.Namespace), text)
	return err
}
