package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery/targetgroup"
	"github.com/prometheus/prometheus/notifier"
	"github.com/prometheus/prometheus/rules"
)

const (
	alertQueue = 10_000           // alerts that wait for an Alertmanager, as in Prometheus
	drainLimit = 10 * time.Second // for what is still in the queue at shutdown
	maxAnswer  = 1 << 20          // bytes of an answer that are read
)

// notifications sends alerts to Alertmanagers.
type notifications struct {
	manager *notifier.Manager
	groups  map[string][]*targetgroup.Group

	drained context.Context // ends what is being sent when the shutdown took too long
	giveUp  context.CancelFunc

	sending sync.RWMutex // held for reading by each request
	mu      sync.Mutex   // guards the fields below
	clients map[*http.Client]bool
	closed  bool
}

func newNotifications(alertmanagers []Alertmanager, logger *slog.Logger, registerer prometheus.Registerer) (*notifications, error) {
	n := &notifications{groups: map[string][]*targetgroup.Group{}, clients: map[*http.Client]bool{}}
	n.drained, n.giveUp = context.WithCancel(context.Background())
	n.manager = notifier.NewManager(&notifier.Options{
		QueueCapacity:   alertQueue,
		DrainOnShutdown: true,
		Do:              n.do,
		Registerer:      registerer,
	}, model.UTF8Validation, logger.With("component", "notifier"))

	var c config.Config
	for i, a := range alertmanagers {
		set, err := alertmanagerConfig(a)
		if err != nil {
			return nil, fmt.Errorf("alertmanager %s: %w", a.URL.Redacted(), err)
		}
		c.AlertingConfig.AlertmanagerConfigs = append(c.AlertingConfig.AlertmanagerConfigs, set)
		n.groups[fmt.Sprintf("config-%d", i)] = []*targetgroup.Group{{
			Source: a.URL.Host, Targets: []model.LabelSet{{model.AddressLabel: model.LabelValue(a.URL.Host)}},
		}}
	}
	if err := n.manager.ApplyConfig(&c); err != nil {
		return nil, fmt.Errorf("configure notifier: %w", err)
	}
	return n, nil
}

func alertmanagerConfig(a Alertmanager) (*config.AlertmanagerConfig, error) {
	client, err := a.Client.Config()
	if err != nil {
		return nil, err
	}
	set := config.DefaultAlertmanagerConfig
	set.HTTPClientConfig = client
	set.Scheme = a.URL.Scheme
	set.PathPrefix = a.URL.Path
	return &set, nil
}

// sender returns the function that rules hand their alerts to. Its links lead to
// link itself: headroom has no page for an expression.
func (n *notifications) sender(link string) rules.NotifyFunc {
	return func(_ context.Context, _ string, alerts ...*rules.Alert) {
		if len(alerts) == 0 {
			return
		}
		out := make([]*notifier.Alert, 0, len(alerts))
		for _, a := range alerts {
			end := a.ValidUntil
			if !a.ResolvedAt.IsZero() {
				end = a.ResolvedAt
			}
			out = append(out, &notifier.Alert{
				Labels: a.Labels, Annotations: a.Annotations, StartsAt: a.FiredAt, EndsAt: end, GeneratorURL: link,
			})
		}
		n.manager.Send(out...)
	}
}

// run sends alerts until stop is called.
func (n *notifications) run() {
	updates := make(chan map[string][]*targetgroup.Group, 1)
	updates <- n.groups
	n.manager.Run(updates)
}

// stop makes run return once the queue is empty or the time for it is over.
func (n *notifications) stop() {
	time.AfterFunc(drainLimit, n.giveUp)
	n.manager.Stop()
}

// close waits for requests that are under way and frees their connections.
func (n *notifications) close() {
	n.sending.Lock()
	defer n.sending.Unlock()
	n.giveUp()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	for client := range n.clients {
		client.CloseIdleConnections()
	}
}

// do sends one batch. It reads the answer itself, so that close finds the
// connection idle.
func (n *notifications) do(ctx context.Context, client *http.Client, request *http.Request) (*http.Response, error) {
	n.sending.RLock()
	defer n.sending.RUnlock()
	if err := n.remember(client); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(n.drained, cancel)()

	response, err := client.Do(request.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	_, readErr := io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswer))
	response.Body, err = http.NoBody, errors.Join(readErr, response.Body.Close())
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	return response, nil
}

func (n *notifications) remember(client *http.Client) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return ErrClosed
	}
	n.clients[client] = true
	return nil
}
