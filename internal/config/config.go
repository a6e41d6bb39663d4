package config

import (
	"log/slog"
	"net/url"
	"time"
)

// Config is a whole configuration: every default is filled in, every path is
// absolute or relative to the working directory, every bound is checked.
type Config struct {
	Listen         string   // host:port of the API; port 0 is chosen by the system
	DataDir        string   // ledger, metrics of the embedded engine, last good specs
	ExternalURL    *url.URL // where people reach the service; nil when it was not said
	DashboardURL   string   // of an objective's dashboard, with placeholders, for links in alerts; "" for none
	RunbookURL     string   // of what to do about an alert, with placeholders; "" is the service's own page
	Specs          []SpecSource
	Defaults       []string      // files and directories of the organisation's defaults; none without any
	Plans          []string      // files and directories of alert plans; none without any
	Templates      []string      // files and directories of templates; none without any
	Policies       []string      // files and directories of policies; none without any
	Corrections    []string      // files and directories of corrections; none without any
	ReloadInterval time.Duration // how often the spec files are looked at
	Tick           time.Duration // how often the ledger reads, at most; the smallest resolution bounds it
	Target         string        // the dialect of the rules for Prometheus; "" without it
	Engine         *Engine       // nil when there are other metrics stores
	Prometheus     *Prometheus   // the only metrics store; nil when there is another
	Datasources    []Datasource  // several metrics stores; names are unique; Stores has Prometheus, too
	Alertmanagers  []Alertmanager
	Retention      Retention
	Cache          int64 // bytes of the ledger's slices that stay in memory
	Log            Log
	Tokens         []Token   // without any, the service makes an admin token of its own
	TokenToRead    bool      // reading the API and the pages needs a token
	Webhooks       []Webhook // names are unique
	Reports        []Report
	Slack          *Slack // nil when nothing is posted
}

// SpecSource binds a spec file or directory to the namespaces that it may
// declare.
type SpecSource struct {
	Path       string
	Namespaces []string // []string{"*"} for all
}

// AllNamespaces is the only entry of SpecSource.Namespaces that allows all.
const AllNamespaces = "*"

// Engine configures the embedded engine.
type Engine struct {
	Retention time.Duration // how long samples are kept
	Scrape    []Scrape
}

// Scrape is one scrape job of the embedded engine.
type Scrape struct {
	Job      string
	Targets  []string // host:port
	Path     string
	Scheme   string // "http" or "https"
	Interval time.Duration
	Timeout  time.Duration     // at most Interval
	Labels   map[string]string // added to every series of the job
	Auth     Auth
	TLS      TLS
}

// Auth is how requests authenticate; at most one way is set, none is the zero
// value. Files are read at each request, so that secrets can be rotated.
type Auth struct {
	Username        string
	Password        Secret
	PasswordFile    string
	BearerToken     Secret
	BearerTokenFile string
}

// TLS configures the client side of HTTPS. The zero value trusts the
// certificates of the system.
type TLS struct {
	CAFile             string
	CertFile           string
	KeyFile            string
	ServerName         string
	InsecureSkipVerify bool
}

// Log configures what the service writes to standard error.
type Log struct {
	Level  slog.Level
	Format string // "text" or "json"
}

// Defaults that stand in the documentation.
const (
	DefaultListen         = "127.0.0.1:9876"
	DefaultDataDir        = "headroom-data"
	DefaultReloadInterval = 5 * time.Second
	DefaultTick           = 30 * time.Second
	DefaultRetention      = 35 * 24 * time.Hour
	DefaultScrapeInterval = 15 * time.Second
	DefaultScrapeTimeout  = 10 * time.Second
	DefaultTimeout        = 30 * time.Second
	DefaultTarget         = "prometheus-2.42"
)

// Default returns the configuration of an empty file in the working directory:
// the specs below it, for all namespaces, and the embedded engine.
func Default() Config {
	return Config{
		Listen:         DefaultListen,
		DataDir:        DefaultDataDir,
		Specs:          []SpecSource{{Path: ".", Namespaces: []string{AllNamespaces}}},
		ReloadInterval: DefaultReloadInterval,
		Tick:           DefaultTick,
		Engine:         &Engine{Retention: DefaultRetention},
		Retention: Retention{
			Fine: DefaultFine, Slices: DefaultKeepSlices, Events: DefaultKeepEvents,
			Audit: DefaultKeepAudit, Decisions: DefaultKeepDecisions,
		},
		Cache: DefaultCache,
		Log:   Log{Level: slog.LevelInfo, Format: "text"},
	}
}
