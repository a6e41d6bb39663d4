package schedule_test

import (
	"testing"
	"time"

	"headroom/internal/schedule"
)

// FuzzParse reads any text as a schedule; what is understood goes forward, and
// never far.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"0 9 * * MON", "*/5 0-23/2 1,15 JAN-DEC ?", "@weekly", "@every 1h", "TZ=UTC", "0 0 29 2 *", "CRON_TZ=", "@", "*/0 * * * *", "5-1 * * * *"} {
		f.Add(text, "Europe/Berlin", int64(1_774_746_000))
	}
	f.Fuzz(func(t *testing.T, text, name string, seconds int64) {
		zone, err := schedule.Zone(name)
		if err != nil {
			zone = time.UTC
		}
		s, err := schedule.Parse(text, zone)
		if err != nil {
			return
		}
		at := time.Unix(seconds%4_000_000_000, 0)
		next := s.Next(at)
		if !next.IsZero() && !next.After(at) {
			t.Fatalf("%q in %s: %s does not follow %s", text, zone, next, at)
		}
	})
}
