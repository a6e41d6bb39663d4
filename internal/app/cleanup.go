package app

import (
	"errors"
	"fmt"
)

// cleanups are named and run last in, first out; every error is kept.
type cleanups []cleanup

type cleanup struct {
	name string
	run  func() error
}

func (c *cleanups) add(name string, run func() error) {
	*c = append(*c, cleanup{name: name, run: run})
}

func (c *cleanups) run() error {
	var errs []error
	for i := len(*c) - 1; i >= 0; i-- {
		step := (*c)[i]
		if err := step.run(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", step.name, err))
		}
	}
	*c = nil
	return errors.Join(errs...)
}
