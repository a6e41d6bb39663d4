package app_test

import (
	"os"
	"path/filepath"
	"testing"

	"headroom/internal/app"
	"headroom/slo"
)

func (i *instance) writeDefaults(content string) {
	i.t.Helper()
	if err := os.WriteFile(filepath.Join(i.dir, "org.yaml"), []byte(content), 0o600); err != nil {
		i.t.Fatal(err)
	}
}

// TestDefaults lets defaults come, change, break and forbid, without a change
// of any spec.
func TestDefaults(t *testing.T) {
	const head = "headroom: v1\ndefaults: organisation\nrules:\n"
	dir := t.TempDir()
	withDefaults := func(o *app.Options) { o.Config.Defaults = []string{filepath.Join(dir, "org.yaml")} }
	i := launch(t, dir, withDefaults)
	i.write("slo.yaml", spec("shop", "99%"))
	i.serves("default/shop/availability 99%")
	i.complains("unreadable-file")

	owned := func(owner string) {
		i.t.Helper()
		i.eventually("belong to "+owner, func() (bool, string) {
			s, err := i.client.SLO(i.t.Context(), slo.ID{Namespace: "default", Service: "shop", Objective: "availability"})
			if err != nil {
				return false, err.Error()
			}
			return s.Owner == owner, s.Owner
		})
	}
	owned("")
	i.writeDefaults(head + "  - owner: team-shop\n")
	owned("team-shop")
	i.complains()
	i.writeDefaults(head + "  - owner: team-cart\n")
	owned("team-cart")

	i.writeDefaults(head + "  - ownr: team-cart\n")
	i.complains("last-good-used", "unknown-key")
	owned("team-cart")
	i.stop()
	i = launch(t, dir, withDefaults)
	i.complains("last-good-used", "unknown-key")
	owned("team-cart")

	i.writeDefaults(head + "  - {owner: team-shop, target: {max: 90%}}\n")
	i.complains("last-good-used", "default-target-bound")
	owned("team-shop")
	i.stop()
	i = launch(t, dir, nil)
	owned("")
	i.complains()
}
