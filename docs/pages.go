// Package docs holds the pages of the documentation that the service shows, so
// that they can be read where nothing else can.
package docs

import _ "embed"

//go:embed alerts.md
var alerts string

// Alerts returns the page for those who get an alert, in Markdown.
func Alerts() string { return alerts }
