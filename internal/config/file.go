package config

import (
	"time"

	"headroom/internal/strictyaml"
)

// file is the configuration as it is written. What a field means, its default
// and its bounds stand in docs/configuration.md.
type file struct {
	Listen         strictyaml.Value[address]                             `yaml:"listen"`
	DataDir        strictyaml.Value[string]                              `yaml:"data_dir"`
	ExternalURL    strictyaml.Value[httpURL]                             `yaml:"external_url"`
	DashboardURL   strictyaml.Value[string]                              `yaml:"dashboard_url"`
	RunbookURL     strictyaml.Value[string]                              `yaml:"runbook_url"`
	Specs          strictyaml.Value[[]specFile]                          `yaml:"specs"`
	Defaults       strictyaml.Value[[]strictyaml.Value[string]]          `yaml:"defaults"`
	Plans          strictyaml.Value[[]strictyaml.Value[string]]          `yaml:"plans"`
	Templates      strictyaml.Value[[]strictyaml.Value[string]]          `yaml:"templates"`
	Policies       strictyaml.Value[[]strictyaml.Value[string]]          `yaml:"policies"`
	Corrections    strictyaml.Value[[]strictyaml.Value[string]]          `yaml:"corrections"`
	ReloadInterval strictyaml.Value[time.Duration]                       `yaml:"reload_interval"`
	Tick           strictyaml.Value[time.Duration]                       `yaml:"tick"`
	Target         strictyaml.Value[string]                              `yaml:"target"`
	Engine         strictyaml.Value[engineFile]                          `yaml:"engine"`
	Prometheus     strictyaml.Value[prometheusFile]                      `yaml:"prometheus"`
	Alertmanagers  strictyaml.Value[[]strictyaml.Value[strictyaml.Node]] `yaml:"alertmanagers"`
	Datasources    strictyaml.Value[[]datasourceFile]                    `yaml:"datasources"`
	Retention      retentionFile                                         `yaml:"retention"`
	Cache          strictyaml.Value[memorySize]                          `yaml:"cache"`
	Reports        strictyaml.Value[[]reportFile]                        `yaml:"reports"`
	Slack          strictyaml.Value[slackFile]                           `yaml:"slack"`
	Log            logFile                                               `yaml:"log"`

	alertmanagers []alertmanagerFile // of Alertmanagers

	Tokens             []tokenFile            `yaml:"tokens"`
	RequireTokenToRead strictyaml.Value[bool] `yaml:"require_token_to_read"`
	Webhooks           []webhookFile          `yaml:"webhooks"`
}

type tokenFile struct {
	Name   strictyaml.Value[string]                     `yaml:"name,required" example:"name: who holds the token"`
	SHA256 strictyaml.Value[string]                     `yaml:"sha256,required" example:"sha256: as headroom token prints it"`
	Role   strictyaml.Value[string]                     `yaml:"role"`
	Scopes strictyaml.Value[[]strictyaml.Value[string]] `yaml:"scopes"`
	Owners strictyaml.Value[[]strictyaml.Value[string]] `yaml:"owners"`
}

type webhookFile struct {
	Name       strictyaml.Value[string]   `yaml:"name,required" example:"name: the end of the webhook's address"`
	Source     strictyaml.Value[string]   `yaml:"source,required" example:"source: github"`
	Secret     strictyaml.Value[Secret]   `yaml:"secret"`
	SecretFile strictyaml.Value[string]   `yaml:"secret_file"`
	MaxBody    strictyaml.Value[byteSize] `yaml:"max_body"`
}

type specFile struct {
	Path       strictyaml.Value[string]                     `yaml:"path,required" example:"path: a directory or file of specs"`
	Namespaces strictyaml.Value[[]strictyaml.Value[string]] `yaml:"namespaces"`
}

type engineFile struct {
	Retention strictyaml.Value[time.Duration] `yaml:"retention"`
	Scrape    []scrapeFile                    `yaml:"scrape"`
}

type scrapeFile struct {
	Job      strictyaml.Value[string]                       `yaml:"job,required" example:"job: the value of the label job"`
	Targets  strictyaml.Value[[]strictyaml.Value[hostPort]] `yaml:"targets,required" example:"targets: [host:port]"`
	Path     strictyaml.Value[string]                       `yaml:"path"`
	Scheme   strictyaml.Value[string]                       `yaml:"scheme"`
	Interval strictyaml.Value[time.Duration]                `yaml:"interval"`
	Timeout  strictyaml.Value[time.Duration]                `yaml:"timeout"`
	Labels   strictyaml.Map[string]                         `yaml:"labels"`
	authFile
}

// authFile is what every client of another server may be told.
type authFile struct {
	BasicAuth       strictyaml.Value[basicAuthFile] `yaml:"basic_auth"`
	BearerToken     strictyaml.Value[Secret]        `yaml:"bearer_token"`
	BearerTokenFile strictyaml.Value[string]        `yaml:"bearer_token_file"`
	TLS             strictyaml.Value[tlsFile]       `yaml:"tls"`
}

type basicAuthFile struct {
	Username     strictyaml.Value[string] `yaml:"username,required" example:"username: the name to log in with"`
	Password     strictyaml.Value[Secret] `yaml:"password"`
	PasswordFile strictyaml.Value[string] `yaml:"password_file"`
}

type tlsFile struct {
	CAFile             strictyaml.Value[string] `yaml:"ca_file"`
	CertFile           strictyaml.Value[string] `yaml:"cert_file"`
	KeyFile            strictyaml.Value[string] `yaml:"key_file"`
	ServerName         string                   `yaml:"server_name"`
	InsecureSkipVerify bool                     `yaml:"insecure_skip_verify"`
}

type logFile struct {
	Level  strictyaml.Value[string] `yaml:"level"`
	Format strictyaml.Value[string] `yaml:"format"`
}
