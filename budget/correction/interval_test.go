package correction_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"headroom/budget/correction"
	"headroom/slo"
)

func draft(change func(*correction.Draft)) correction.Draft {
	d := correction.Draft{
		Category: "planned-maintenance", Reason: "The database is upgraded.",
		Objectives: correction.Selection{Services: []string{"checkout"}},
		From:       "2026-03-22T01:00", To: "2026-03-22T05:00", Zone: "Europe/Berlin",
	}
	if change != nil {
		change(&d)
	}
	return d
}

func terms(t interface {
	Helper()
	Fatal(...any)
}, d correction.Draft,
) correction.Terms {
	t.Helper()
	out, err := d.Terms()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func day(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestDaysOnWhichClocksChange demands what people mean by a weekly window: the
// same hours of the wall clock, however long they last.
func TestDaysOnWhichClocksChange(t *testing.T) {
	for name, test := range map[string]struct {
		zone, from, to, rule string
		begin, end           string
		want                 string
	}{
		"spring, over the gap": {
			"Europe/Berlin", "2026-03-22T01:00", "2026-03-22T05:00", "FREQ=WEEKLY;BYDAY=SU", "2026-03-28T00:00:00Z", "2026-04-06T00:00:00Z",
			"2026-03-29T00:00:00Z 3h0m0s, 2026-04-04T23:00:00Z 4h0m0s",
		},
		"autumn, over the hour twice": {
			"Europe/Berlin", "2026-10-18T01:00", "2026-10-18T05:00", "FREQ=WEEKLY;BYDAY=SU", "2026-10-24T00:00:00Z", "2026-10-27T00:00:00Z",
			"2026-10-24T23:00:00Z 5h0m0s",
		},
		"begins in the gap": {
			"Europe/Berlin", "2026-03-28T02:30", "2026-03-28T03:15", "FREQ=DAILY", "2026-03-29T00:00:00Z", "2026-03-30T12:00:00Z",
			"2026-03-29T01:00:00Z 15m0s, 2026-03-30T00:30:00Z 45m0s",
		},
		"lies in the gap": {
			"Europe/Berlin", "2026-03-28T02:15", "2026-03-28T02:45", "FREQ=DAILY", "2026-03-29T00:00:00Z", "2026-03-30T12:00:00Z",
			"2026-03-30T00:15:00Z 30m0s",
		},
		"in the hour that comes twice": {
			"Europe/Berlin", "2026-10-24T02:15", "2026-10-24T02:45", "FREQ=DAILY", "2026-10-25T00:00:00Z", "2026-10-26T00:00:00Z",
			"2026-10-25T00:15:00Z 30m0s",
		},
		"begins in the hour that comes twice": {
			"Europe/Berlin", "2027-10-30T02:30", "2027-10-30T03:00", "FREQ=DAILY", "2027-10-31T00:00:00Z", "2027-11-01T00:00:00Z",
			"2027-10-31T00:30:00Z 1h30m0s",
		},
		"ends in the hour that comes twice": {
			"Europe/Berlin", "2027-10-30T01:30", "2027-10-30T02:30", "FREQ=DAILY", "2027-10-30T22:00:00Z", "2027-10-31T12:00:00Z",
			"2027-10-30T23:30:00Z 1h0m0s",
		},
		"whole days": {
			"America/New_York", "2026-03-07", "2026-03-08", "FREQ=DAILY;COUNT=3", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z",
			"2026-03-07T05:00:00Z 24h0m0s, 2026-03-08T05:00:00Z 23h0m0s, 2026-03-09T04:00:00Z 24h0m0s",
		},
		"until in UTC": {
			"America/New_York", "2026-11-01T20:00", "2026-11-01T21:00", "FREQ=DAILY;UNTIL=20261103T010000Z", "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z",
			"2026-11-02T01:00:00Z 1h0m0s, 2026-11-03T01:00:00Z 1h0m0s",
		},
		"until a day": {
			"America/New_York", "2026-11-01T20:00", "2026-11-01T21:00", "freq=daily;until=20261102", "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z",
			"2026-11-02T01:00:00Z 1h0m0s, 2026-11-03T01:00:00Z 1h0m0s",
		},
		"half an hour of Lord Howe": {
			"Australia/Lord_Howe", "2026-10-03T01:30", "2026-10-03T03:00", "RRULE:FREQ=DAILY;COUNT=2", "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z",
			"2026-10-02T15:00:00Z 1h30m0s, 2026-10-03T15:00:00Z 1h0m0s",
		},
		"only what overlaps": {
			"UTC", "2026-01-01T00:00", "2026-01-01T12:00", "FREQ=DAILY", "2026-01-03T11:00:00Z", "2026-01-04T00:00:00Z",
			"2026-01-03T00:00:00Z 12h0m0s",
		},
	} {
		t.Run(name, func(t *testing.T) {
			tt := terms(t, draft(func(d *correction.Draft) { d.Zone, d.From, d.To, d.Repeat = test.zone, test.from, test.to, test.rule }))
			var got []string
			for _, i := range tt.Intervals(day(t, test.begin), day(t, test.end)) {
				got = append(got, i.From.Format(time.RFC3339)+" "+i.To.Sub(i.From).String())
			}
			if g := strings.Join(got, ", "); g != test.want {
				t.Errorf("got  %s\nwant %s", g, test.want)
			}
		})
	}
}

// TestWallClockDefinesTheInterval compares a daily recurrence with the
// definition, minute by minute around changes of clocks: it runs from when the
// clocks first show from, or skip it, to when they first show or skip to.
func TestWallClockDefinesTheInterval(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		zoneName := rapid.SampledFrom([]string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kolkata"}).Draw(r, "zone")
		zone, err := time.LoadLocation(zoneName)
		if err != nil {
			r.Fatal(err)
		}
		first := time.Date(2026, time.Month(rapid.IntRange(1, 12).Draw(r, "month")), 1, rapid.IntRange(4, 20).Draw(r, "hour"), rapid.IntRange(0, 59).Draw(r, "minute"), 0, 0, time.UTC)
		length := time.Duration(rapid.IntRange(1, 26*60).Draw(r, "minutes")) * time.Minute
		tt := terms(r, draft(func(d *correction.Draft) {
			d.Zone, d.From, d.To, d.Repeat = zoneName, first.Format("2006-01-02T15:04"), first.Add(length).Format("2006-01-02T15:04"), "FREQ=DAILY"
		}))
		begin := first.AddDate(0, 0, rapid.IntRange(1, 300).Draw(r, "day"))
		intervals := tt.Intervals(begin, begin.Add(30*time.Hour))
		for at := begin; at.Before(begin.Add(30 * time.Hour)); at = at.Add(7 * time.Minute) {
			inside := false
			for _, i := range intervals {
				inside = inside || !at.Before(i.From) && at.Before(i.To)
			}
			if want := shown(at, zone, first, length); inside != want {
				r.Fatalf("%s, %s there: inside %v, want %v of %v", at, at.In(zone), inside, want, intervals)
			}
		}
	})
}

// shown decides by the wall clock of each day, with the first of two times.
func shown(at time.Time, zone *time.Location, first time.Time, length time.Duration) bool {
	local := at.In(zone)
	for back := -2; back <= 1; back++ {
		from := time.Date(local.Year(), local.Month(), local.Day()+back, first.Hour(), first.Minute(), 0, 0, time.UTC)
		if from.Before(first) {
			continue
		}
		if !earlier(at, from, zone) && earlier(at, from.Add(length), zone) {
			return true
		}
	}
	return false
}

// earlier reports whether an instant lies before the clock first shows, or
// skips, a time: that no minute up to the instant has shown it or a later one.
func earlier(at, wall time.Time, zone *time.Location) bool {
	_, now := at.In(zone).Zone()
	_, before := at.Add(-3 * time.Hour).In(zone).Zone()
	back := 3 * 60
	if before == now {
		back = 0 // no clock has changed: it shows the latest time now
	}
	for m := 0; m <= back; m++ {
		local := at.Add(-time.Duration(m) * time.Minute).In(zone)
		shows := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), 0, 0, time.UTC)
		if !shows.Before(wall) {
			return false
		}
	}
	return true
}

func TestFaults(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*correction.Draft)
		field  string
		says   string
	}{
		"nothing is declared":   {func(d *correction.Draft) { d.Objectives = correction.Selection{} }, "objectives", `namespaces: ["*"]`},
		"category":              {func(d *correction.Draft) { d.Category = "load-tests" }, "category", "did you mean load-test?"},
		"no category":           {func(d *correction.Draft) { d.Category = "" }, "category", "the category is missing"},
		"kind":                  {func(d *correction.Draft) { d.Kind = "exclud" }, "kind", "did you mean exclude?"},
		"no reason":             {func(d *correction.Draft) { d.Reason = " " }, "reason", "the reason is missing"},
		"reason with escapes":   {func(d *correction.Draft) { d.Reason = "\x1b[2J" }, "reason", "control characters"},
		"service":               {func(d *correction.Draft) { d.Objectives.Services = []string{"Check Out"} }, "objectives.services", "is not a name"},
		"star and more":         {func(d *correction.Draft) { d.Objectives.Namespaces = []string{"*", "a"} }, "objectives.namespaces", "beside other"},
		"no zone":               {func(d *correction.Draft) { d.Zone = "" }, "from", "says no zone"},
		"unknown zone":          {func(d *correction.Draft) { d.Zone = "CET/Berlin" }, "zone", "is not known"},
		"no time":               {func(d *correction.Draft) { d.From = "yesterday" }, "from", `"yesterday" is not a time`},
		"backwards":             {func(d *correction.Draft) { d.To = "2026-03-22T01:00" }, "to", "is not after from"},
		"very long":             {func(d *correction.Draft) { d.To = "2028-03-22T01:00" }, "to", "366 days"},
		"far away":              {func(d *correction.Draft) { d.From = "0026-03-22T01:00" }, "from", "2000 to 2199"},
		"skipped time":          {func(d *correction.Draft) { d.From = "2026-03-29T02:30"; d.To = "2026-03-29T05:00" }, "from", "never comes in Europe/Berlin"},
		"repeats without zone":  {func(d *correction.Draft) { d.Zone, d.Repeat = "", "FREQ=DAILY" }, "zone", "what repeats needs a zone"},
		"hourly":                {func(d *correction.Draft) { d.Repeat = "FREQ=HOURLY" }, "repeat", "use FREQ=DAILY with BYHOUR"},
		"no rule":               {func(d *correction.Draft) { d.Repeat = "every sunday" }, "repeat", "RFC 5545"},
		"two rules":             {func(d *correction.Draft) { d.Repeat = "DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY" }, "repeat", "from says when it begins"},
		"no times":              {func(d *correction.Draft) { d.Repeat = "FREQ=DAILY;COUNT=0" }, "repeat", "COUNT=0 is not a whole number from 1 on"},
		"fewer than no times":   {func(d *correction.Draft) { d.Repeat = "RRULE:FREQ=DAILY;COUNT=-1" }, "repeat", "COUNT=-1 is not"},
		"no steps":              {func(d *correction.Draft) { d.Repeat = "freq=daily;interval=0" }, "repeat", "INTERVAL=0 is not"},
		"backward steps":        {func(d *correction.Draft) { d.Repeat = "FREQ=DAILY;INTERVAL=-3" }, "repeat", "INTERVAL=-3 is not"},
		"two frequencies":       {func(d *correction.Draft) { d.Repeat = "FREQ=DAILY;FREQ=WEEKLY" }, "repeat", "FREQ stands in it twice"},
		"two ends":              {func(d *correction.Draft) { d.Repeat = "FREQ=DAILY;COUNT=2;UNTIL=20261201" }, "repeat", "exclude one another"},
		"first of every week":   {func(d *correction.Draft) { d.Repeat = "FREQ=WEEKLY;BYDAY=1SU" }, "repeat", "BYDAY=1SU says which of the month"},
		"last of every day":     {func(d *correction.Draft) { d.Repeat = "FREQ=DAILY;BYDAY=MO,-1SU" }, "repeat", "BYDAY=MO,-1SU says which of the month"},
		"numbered in a week":    {func(d *correction.Draft) { d.Repeat = "FREQ=YEARLY;BYWEEKNO=12;BYDAY=1SU" }, "repeat", "without BYWEEKNO"},
		"begins elsewhere":      {func(d *correction.Draft) { d.Repeat = "FREQ=WEEKLY;BYDAY=MO" }, "from", "write from: 2026-03-23T01:00:00"},
		"never comes":           {func(d *correction.Draft) { d.Repeat = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30" }, "repeat", "no such day ever comes"},
		"over before it begins": {func(d *correction.Draft) { d.Repeat = "FREQ=DAILY;UNTIL=20200101" }, "repeat", "no such day ever comes"},
		"too often":             {func(d *correction.Draft) { d.Repeat = "FREQ=DAILY;BYHOUR=1,2,3,4,5,6,7,8;BYMINUTE=0;BYSECOND=0" }, "repeat", "more than 2000 times"},
		"too long":              {func(d *correction.Draft) { d.Repeat, d.To = "FREQ=YEARLY", "2026-06-22T05:00" }, "to", "at most 31 days"},
		"amount of exclude":     {func(d *correction.Draft) { d.Adjust = &correction.Amount{Bad: -1} }, "adjust", "only the kind adjust"},
		"adjust without amount": {func(d *correction.Draft) { d.Kind = "adjust" }, "adjust", "the amount is missing"},
		"adjust of many": {func(d *correction.Draft) {
			d.Kind, d.Adjust = "adjust", &correction.Amount{Bad: -1}
		}, "objectives", "about one objective"},
		"adjust repeats": {func(d *correction.Draft) {
			d.Kind, d.Adjust, d.Repeat = "adjust", &correction.Amount{Bad: -1}, "FREQ=DAILY"
		}, "repeat", "does not repeat"},
		"thousandths": {func(d *correction.Draft) { d.Kind, d.Adjust = "adjust", &correction.Amount{Bad: -0.001} }, "adjust.bad", "hundredths"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := draft(test.change).Terms()
			var faults correction.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("error %v, want faults", err)
			}
			for _, f := range faults {
				if f.Field == test.field && strings.Contains(f.Error(), test.says) {
					return
				}
			}
			t.Errorf("faults %v, want %q at %s", err, test.says, test.field)
		})
	}
}

// TestKeptRulesAreRead keeps what an earlier headroom accepted as it counted.
func TestKeptRulesAreRead(t *testing.T) {
	d := draft(func(d *correction.Draft) { d.Repeat = "FREQ=WEEKLY;BYDAY=1SU;COUNT=0" })
	objectives := []*slo.Objective{}
	book := shelved(t, &shelf{list: []correction.Correction{{ID: "1", Terms: correction.Terms{Draft: d}}}}, &objectives)
	kept, err := book.Get("1")
	if err != nil {
		t.Fatal(err)
	}
	if next := kept.Terms.Next(kept.Terms.From, 2); len(next) != 2 {
		t.Errorf("next are %v, want two", next)
	}
}

// TestKeptTimesAreRead changes the clocks of a zone, which come to skip what a
// correction says: it is read as near as it goes, and the service starts.
func TestKeptTimesAreRead(t *testing.T) {
	for name, test := range map[string]struct{ from, to, repeat, want string }{
		"begins where they skip": {"2026-03-29T02:30", "2026-03-29T05:00", "", "29 01:00 – 29 03:00"},
		"ends where they skip":   {"2026-03-29T01:00", "2026-03-29T02:30", "", "29 00:00 – 29 01:00"},
		"lies where they skip":   {"2026-03-29T02:15", "2026-03-29T02:45", "", ""},
		"repeats from there":     {"2026-03-29T02:30", "2026-03-29T05:00", "FREQ=DAILY;COUNT=2", "29 01:00 – 29 03:00, 30 00:30 – 30 03:00"},
	} {
		t.Run(name, func(t *testing.T) {
			d := draft(func(d *correction.Draft) { d.From, d.To, d.Repeat = test.from, test.to, test.repeat })
			if _, err := d.Terms(); err == nil {
				t.Error("it can be declared")
			}
			kept, err := d.Kept()
			if err != nil {
				t.Fatal(err)
			}
			o := declared("checkout", "shop")
			one := correction.Correction{Terms: kept, ApprovedAt: kept.From}
			var got []string
			for _, e := range correction.Expand([]correction.Correction{one}, []*slo.Objective{o}, kept.From, kept.From.AddDate(0, 0, 9))[o.ID].Excluded {
				got = append(got, time.UnixMilli(e.From).UTC().Format("02 15:04")+" – "+time.UnixMilli(e.To).UTC().Format("02 15:04"))
			}
			if list := strings.Join(got, ", "); list != test.want {
				t.Errorf("excluded is %s, want %s", list, test.want)
			}
		})
	}
}

// TestRulesEndInTime demands that no rule, however it is written, keeps the
// service busy.
func TestRulesEndInTime(t *testing.T) {
	for _, rule := range []string{
		"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;INTERVAL=1000;BYMONTH=2;BYMONTHDAY=30", "FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=31",
		"FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7;BYMINUTE=0,1,2,3,4,5,6,7,8,9;BYSECOND=0,1,2,3,4,5,6,7,8,9;BYMONTH=2;BYMONTHDAY=30",
	} {
		begin := time.Now()
		if _, err := draft(func(d *correction.Draft) { d.Repeat = rule }).Terms(); err == nil {
			t.Errorf("%s is accepted", rule)
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("%s takes %v", rule, took)
		} else {
			t.Log(rule, took)
		}
	}
}
