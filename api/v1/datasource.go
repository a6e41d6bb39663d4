package v1

import "time"

// Datasource is a metrics store that objectives are read from: the embedded
// engine, or one that the configuration names.
type Datasource struct {
	Name    string `json:"name"`
	URL     string `json:"url,omitempty"` // of the server; absent for the embedded engine
	Dialect string `json:"dialect"`       // that its rules are written in
	// Objectives is how many are read from it.
	Objectives int `json:"objectives"`
	// Up says whether the last read succeeded; null before the first.
	Up     *bool      `json:"up"`
	ReadAt *time.Time `json:"read_at"` // when the last read that succeeded began
	Error  string     `json:"error,omitempty"`
	// HistoryPending is how many objectives have a history that is not read
	// whole yet.
	HistoryPending int             `json:"history_pending"`
	Rules          DatasourceRules `json:"rules"`
}

// DatasourceRules say how rules come to a metrics store.
type DatasourceRules struct {
	By        string `json:"by"`        // engine, file, ruler, or none: others deliver them
	Delivered bool   `json:"delivered"` // the current ones are there, as far as headroom delivers them
	Error     string `json:"error,omitempty"`
}
