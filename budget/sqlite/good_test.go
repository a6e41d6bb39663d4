package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"headroom/slo/registry"
)

func TestGoodSpecsSurviveReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.sqlite")
	s := open(t, path)
	if list, err := s.LoadGood(t.Context()); err != nil || len(list) != 0 {
		t.Fatalf("a new store has %v: %v", list, err)
	}
	first := []registry.Good{{File: "gone.yaml", Line: 1, Namespace: "default", Service: "gone", Text: []byte("headroom: v1\n")}}
	want := []registry.Good{
		{File: "b/slo.yaml", Line: 12, Namespace: "default", Service: "shop", Text: []byte("headroom: v1 # ünïcode\n"), Refused: []string{"availability", "latency"}},
		{File: "a/slo.yaml", Line: 1, Namespace: "platform", Service: "pipelines", Text: []byte("headroom: v1\n")},
	}
	for _, list := range [][]registry.Good{first, want} {
		if err := s.SaveGood(t.Context(), list); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := open(t, path).LoadGood(t.Context())
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("LoadGood (-want +got): %v\n%s", err, diff)
	}
}
