package config

import (
	"fmt"
	"net/url"
	"time"

	"headroom/internal/strictyaml"
)

// Alertmanager gets silences, and the alerts of the embedded engine.
type Alertmanager struct {
	URL     *url.URL
	Headers map[string]Secret
	Timeout time.Duration // of one request about silences
	Auth    Auth
	TLS     TLS
}

// DefaultAlertmanagerTimeout bounds one request about silences.
const DefaultAlertmanagerTimeout = 10 * time.Second

type alertmanagerFile struct {
	URL     strictyaml.Value[httpURL]       `yaml:"url,required" example:"url: http://alertmanager.example:9093"`
	Headers strictyaml.Map[Secret]          `yaml:"headers"`
	Timeout strictyaml.Value[time.Duration] `yaml:"timeout"`
	authFile
}

// decodeAlertmanagers reads a list of URLs, and of maps where more than the URL
// is to be said.
func decodeAlertmanagers(d *strictyaml.Document, v strictyaml.Value[[]strictyaml.Value[strictyaml.Node]]) (list []alertmanagerFile) {
	for _, entry := range v.V {
		var f alertmanagerFile
		if entry.Node.IsMap() {
			d.DecodeNode(entry.Key, entry.Node, &f)
		} else {
			d.DecodeNode(entry.Key, entry.Node, &f.URL)
		}
		list = append(list, f)
	}
	return list
}

func (r *reader) alertmanagers(files []alertmanagerFile) (list []Alertmanager) {
	for _, f := range files {
		a := Alertmanager{
			URL: f.URL.V.url, Headers: r.headers(f.Headers), Auth: r.auth(f.authFile), TLS: r.tls(f.TLS),
			Timeout: r.duration(f.Timeout, "timeout", DefaultAlertmanagerTimeout, 100*time.Millisecond, time.Minute),
		}
		for _, other := range list {
			if other.URL.String() == a.URL.String() {
				r.report(f.URL.Node, checkConflict, fmt.Sprintf("alertmanager %s is given twice", a.URL), "name it once")
			}
		}
		list = append(list, a)
	}
	return list
}
