package engine_test

import (
	"testing"

	"headroom/internal/engine"
	"headroom/internal/queriertest"
)

func TestEngineIsQuerier(t *testing.T) {
	e := newEngine(t, engine.Options{})
	if err := e.Store(queriertest.Data()...); err != nil {
		t.Fatal(err)
	}
	queriertest.Run(t, e)
}

func TestLabIsQuerier(t *testing.T) {
	lab := newLab(t, "")
	for _, s := range queriertest.Data() {
		if err := lab.Append(s.Labels, s.Points...); err != nil {
			t.Fatal(err)
		}
	}
	queriertest.Run(t, lab)
}
