package reports_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"headroom/alerting/outbox"
	"headroom/alerting/reports"
)

// TestACorrectedChannelGetsTheReport starts the service again with another
// channel after the reports of Monday failed.
func TestACorrectedChannelGetsTheReport(t *testing.T) {
	for name, test := range map[string]struct {
		state     outbox.State
		channel   string // of the report after the restart
		start     time.Time
		owners    bool
		withdrawn []string
		added     []string
	}{
		"corrected":           {outbox.Failed, "#platfrom2", january(5, 0, 0), true, []string{"#platform||"}, []string{"#platfrom2||"}},
		"the same":            {outbox.Failed, "#platform", january(5, 0, 0), true, nil, nil},
		"only late":           {outbox.Pending, "#platfrom2", january(5, 0, 0), true, nil, nil},
		"after the period":    {outbox.Failed, "#platfrom2", january(11, 0, 0), true, []string{"#platform||"}, nil},
		"owners get none now": {outbox.Failed, "#platform", january(5, 0, 0), false, []string{"#a|team-a|#a", "#c|team-c|#c", "#c|team-e|#c"}, nil},
		"an owner's channel":  {outbox.Failed, "#a", january(5, 0, 0), true, []string{"#platform||"}, []string{"#a||"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPost()
				before := weekly(t, reports.Report{Channel: "#platform", Owners: true})
				serve(t, january(4, 0, 0), reports.Options{Outbox: p, Marks: p, Reports: []reports.Report{before}})
				p.refuse(test.state)
				taken := len(p.taken)
				time.Sleep(time.Until(test.start))
				after := weekly(t, reports.Report{Channel: test.channel, Owners: test.owners})
				serve(t, test.start.Add(3*time.Minute), reports.Options{Outbox: p, Marks: p, Reports: []reports.Report{after}})
				if got := scopes(p.withdrawn); !slices.Equal(got, test.withdrawn) {
					t.Errorf("withdrawn %q, want %q", got, test.withdrawn)
				}
				var added []string
				for _, m := range p.taken[taken:] {
					added = append(added, m.Key)
				}
				if got := scopes(added); !slices.Equal(got, test.added) {
					t.Errorf("added %q, want %q", got, test.added)
				}
			})
		})
	}
}

// TestAnOwnersCorrectedChannelGetsTheReport has a failed report to a channel
// that the specs of team-a named before; the mark is set already.
func TestAnOwnersCorrectedChannelGetsTheReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost()
		o := reports.Options{Outbox: p, Marks: p, Reports: []reports.Report{weekly(t, reports.Report{Owners: true})}}
		serve(t, january(4, 0, 0), o)
		at := slices.IndexFunc(p.taken, func(m outbox.Message) bool { return m.Channel == "#a" })
		old := p.taken[at]
		old.Channel, old.Key = "#old", strings.ReplaceAll(old.Key, "#a", "#old")
		other := outbox.Message{Key: "another kind of message", Channel: "#old"}
		p.taken = slices.Delete(p.taken, at, at+1)
		p.failed = []outbox.Entry{{Message: old, State: outbox.Failed}, {Message: other, State: outbox.Failed}}
		taken := len(p.taken)
		serve(t, january(5, 0, 0), o)
		if got := scopes(p.withdrawn); !slices.Equal(got, []string{"#old|team-a|#old"}) || len(p.failed) != 1 {
			t.Errorf("withdrawn %q, left %+v", got, p.failed)
		}
		if got := p.taken[taken:]; len(got) != 1 || got[0].Channel != "#a" || !strings.Contains(string(got[0].Body), "2 budgets") {
			t.Errorf("added %+v, want the report of team-a to #a", got)
		}
	})
}

// scopes are the ends of keys, sorted.
func scopes(keys []string) []string {
	var list []string
	for _, key := range keys {
		_, scope, _ := strings.Cut(key, "Berlin|")
		list = append(list, scope)
	}
	slices.Sort(list)
	return list
}
