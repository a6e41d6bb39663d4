package registry_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"headroom/slo/registry"
)

func BenchmarkUpdateUnchanged(b *testing.B) {
	dir := b.TempDir()
	for i := range 1000 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.slo.yaml", i)), []byte(spec(fmt.Sprintf("s%d", i), "99%")), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	later := time.Now().Add(time.Hour)
	r := registry.New(&memory{}, registry.Options{Now: func() time.Time { return later }})
	for b.Loop() {
		snapshot, err := r.Update(b.Context(), []registry.Source{{Path: dir}})
		if err != nil || len(snapshot.Objectives) != 1000 {
			b.Fatal(err, len(snapshot.Objectives))
		}
	}
}
