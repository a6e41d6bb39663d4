package dashboards

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"

	"headroom/slo"
)

// Options are what dashboards depend on besides objectives. The zero value is
// fine.
type Options struct {
	// Datasource is the uid of the Prometheus data source that is chosen when a
	// dashboard opens; "" for Grafana's default.
	Datasource string
	// ExternalURL is headroom's own address, for links; "" for none.
	ExternalURL string
	// Folder is the name of Grafana's folder; DefaultFolder when "".
	Folder string
	// Path is where Grafana sees the directory of dashboards; DefaultPath when
	// "".
	Path string
}

// Defaults of the provisioning.
const (
	DefaultFolder = "headroom"
	DefaultPath   = "/etc/grafana/provisioning/dashboards"
)

// OverviewUID is the uid of the overview.
const OverviewUID = "headroom-overview"

// tag is on every dashboard.
const tag = "headroom"

// Dashboard is one dashboard, ready for Grafana.
type Dashboard struct {
	UID  string
	Name string // of its file
	JSON []byte // of schema version 1, indented, with a line break at its end
}

// UID returns the uid of an objective's dashboard. It depends on nothing but
// the id, and has 33 characters of the 40 that Grafana allows.
func UID(id slo.ID) string {
	return id.DashboardUID()
}

const uidPrefix = "headroom-"

func encode(name string, builder *dashboard.DashboardBuilder) (Dashboard, error) {
	built, err := builder.Build()
	if err != nil {
		return Dashboard{}, fmt.Errorf("build dashboard %s: %w", name, err)
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(built); err != nil {
		return Dashboard{}, fmt.Errorf("encode dashboard %s: %w", name, err)
	}
	return Dashboard{UID: *built.Uid, Name: name, JSON: text.Bytes()}, nil
}

// page begins a dashboard with its data source as a variable.
func (o Options) page(title, uid, window string) *dashboard.DashboardBuilder {
	return dashboard.NewDashboardBuilder(title).
		Uid(uid).
		Tags([]string{tag}).
		Readonly().
		Time("now-"+window, "now").
		Refresh("1m").
		Tooltip(dashboard.DashboardCursorSyncCrosshair).
		WithVariable(o.datasourceVariable())
}

// homeLink leads to a page of headroom itself, or is nil without its address.
func (o Options) homeLink(title, path string) *shownLink {
	address, ok := safeURL(o.ExternalURL)
	if !ok {
		return nil
	}
	l := link(title, strings.TrimSuffix(address, "/")+path)
	l.Icon("external link").TargetBlank(true)
	return l
}

// shownLink stands above the panels. The SDK's own default hides links in a
// menu.
type shownLink struct {
	*dashboard.DashboardLinkBuilder
}

// Build implements the SDK's Builder.
func (l shownLink) Build() (dashboard.DashboardLink, error) {
	built, err := l.DashboardLinkBuilder.Build()
	built.Placement = nil
	return built, err
}

func link(title, address string) *shownLink {
	return &shownLink{dashboard.NewDashboardLinkBuilder(title).Type(dashboard.DashboardLinkTypeLink).Url(address).Icon("dashboard")}
}

// safeURL writes a web address so that neither Markdown nor Grafana's variables
// find anything in it. It refuses what is no web address, and one with a name
// of a user, which could be taken for a host.
func safeURL(address string) (safe string, ok bool) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return "", false
	}
	var b strings.Builder
	for _, c := range []byte(u.String()) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte("$\"'()<>[]\\`{|}*^", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	safe = b.String()
	if strings.HasPrefix(u.Host, "[") { // an address of IPv6
		safe = strings.Replace(strings.Replace(safe, "%5B", "[", 1), "%5D", "]", 1)
	}
	return safe, true
}
