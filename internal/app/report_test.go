package app_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"headroom/api/v1"
	"headroom/internal/app"
	"headroom/internal/config"
	"headroom/internal/schedule"
)

// chat is a Slack that answers what it is told to.
type chat struct {
	mu     sync.Mutex
	answer string
	lacks  string   // a channel that is not there
	posted []string // "channel: text"
}

func (c *chat) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answer != "" {
		_, _ = fmt.Fprint(w, c.answer)
		return
	}
	if c.lacks != "" && r.PostFormValue("channel") == c.lacks {
		_, _ = fmt.Fprint(w, `{"ok":false,"error":"channel_not_found"}`)
		return
	}
	c.posted = append(c.posted, r.PostFormValue("channel")+": "+r.PostFormValue("text")+r.PostFormValue("blocks"))
	_, _ = fmt.Fprint(w, `{"ok":true,"ts":"1"}`)
}

func (c *chat) says(answer string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer = answer
}

func (c *chat) messages() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string{}, c.posted...)
}

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	add time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.add)
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add += d
}

func reportsTo(t *testing.T, address string, now func() time.Time) func(*app.Options) {
	t.Helper()
	// Due every minute: the scheduler's own clock is the machine's.
	due, err := schedule.Parse("* * * * *", time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return func(o *app.Options) {
		o.Now = now
		o.Config.Reports = []config.Report{{Schedule: due, Period: "last-week", Channel: "#platform", Owners: true}}
		o.Config.Slack = &config.Slack{Token: config.NewSecret("xoxb-not-a-real-token"), URL: base}
	}
}

func TestReportOverTheAPI(t *testing.T) {
	i := launch(t, t.TempDir(), nil)
	i.write("slo.yaml", spec("shop", "99%"))
	i.serves("default/shop/availability 99%")
	r, err := i.client.Report(t.Context(), v1.ReportQuery{Zone: "Europe/Berlin"})
	if err != nil {
		t.Fatal(err)
	}
	if r.Totals.Budgets != 1 || r.Totals.NotMeasured != 1 || r.NotMeasured.Items[0].ID.Service != "shop" || r.Period.Zone != "Europe/Berlin" {
		t.Errorf("report %+v; nothing was measured", r)
	}
}

// logged is a log that tests read.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestUndeliveredReportsAreKept misses a report while the service is down,
// posts it to channels that are missing, and mends that over a restart.
func TestUndeliveredReportsAreKept(t *testing.T) {
	slack := &chat{answer: `{"ok":false,"error":"channel_not_found"}`}
	server := httptest.NewServer(slack)
	defer server.Close()
	dir, moved, log := t.TempDir(), &clock{}, &logged{}
	start := func() *instance {
		return launch(t, dir, func(o *app.Options) {
			reportsTo(t, server.URL, moved.now)(o)
			o.Logger = slog.New(slog.NewTextHandler(log, nil))
		})
	}
	i := start()
	i.write("slo.yaml", strings.Replace(spec("shop", "99%"), "objectives:", "owner: team-shop\nchannel: \"#shop\"\nobjectives:", 1))
	i.eventually("begin the reports", func() (bool, string) {
		return strings.Contains(log.String(), "a regular report begins"), log.String()
	})
	i.stop()

	moved.move(2 * time.Minute)
	i = start()
	i.eventually("show what is not delivered", func() (bool, string) {
		problems, err := i.client.Problems(t.Context())
		text := fmt.Sprint(problems, err)
		return strings.Count(text, "message-not-delivered") == 2 && strings.Contains(text, "channel_not_found: correct the channel #platform") && !strings.Contains(text, "xoxb"), text
	})
	i.stop()

	slack.says("")
	i = start()
	i.eventually("deliver what was kept", func() (bool, string) {
		return len(slack.messages()) == 2, fmt.Sprint(slack.messages())
	})
	i.complains()
	for _, text := range slack.messages() {
		if !strings.Contains(text, "Not measured") || strings.Contains(text, "Repeated") {
			t.Errorf("posted %s", text)
		}
	}
	if strings.Contains(log.String(), "xoxb") {
		t.Error("the log shows the token")
	}
}

// TestACorrectedChannelGetsTheReport mistypes a channel, and corrects it in the
// configuration once the report has failed.
func TestACorrectedChannelGetsTheReport(t *testing.T) {
	slack := &chat{lacks: "#platform"}
	server := httptest.NewServer(slack)
	defer server.Close()
	dir, moved, log := t.TempDir(), &clock{}, &logged{}
	start := func(channel string) *instance {
		return launch(t, dir, func(o *app.Options) {
			reportsTo(t, server.URL, moved.now)(o)
			o.Config.Reports[0].Channel = channel
			o.Logger = slog.New(slog.NewTextHandler(log, nil))
		})
	}
	i := start("#platform")
	i.write("slo.yaml", spec("shop", "99%"))
	i.eventually("begin the reports", func() (bool, string) {
		return strings.Contains(log.String(), "a regular report begins"), log.String()
	})
	i.stop()
	moved.move(2 * time.Minute)
	i = start("#platform")
	i.eventually("show what is not delivered", func() (bool, string) {
		problems, err := i.client.Problems(t.Context())
		text := fmt.Sprint(problems, err)
		return strings.Contains(text, "correct the channel #platform"), text
	})
	i.stop()
	i = start("#platform-team")
	i.eventually("deliver to the new channel", func() (bool, string) {
		return len(slack.messages()) == 1 && strings.HasPrefix(slack.messages()[0], "#platform-team: "), fmt.Sprint(slack.messages())
	})
	i.complains()
	if !strings.Contains(log.String(), "message withdrawn") {
		t.Error("the log does not say that the old message is withdrawn")
	}
}
