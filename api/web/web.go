// Package web renders headroom's pages for people: the status page, the page of
// one objective, and errors. Pages need no script, load nothing from
// elsewhere, and escape whatever a spec says.
package web

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"time"

	"headroom/api/v1"
)

//go:embed templates/*.html
var templates embed.FS

//go:embed assets
var assets embed.FS

// Pages are the parsed templates. They are safe for concurrent use.
type Pages struct {
	status, objective, fault, help, why, attribution *template.Template
}

// New parses the embedded templates.
func New() (*Pages, error) {
	var p Pages
	for name, page := range map[string]**template.Template{
		"status.html": &p.status, "objective.html": &p.objective, "error.html": &p.fault,
		"why.html": &p.why, "attribution.html": &p.attribution, "help.html": &p.help,
	} {
		parsed, err := template.New(name).Funcs(template.FuncMap{"exact": exact, "second": second, "words": words}).ParseFS(templates, "templates/layout.html", "templates/parts.html", "templates/"+name)
		if err != nil {
			return nil, fmt.Errorf("parse template %s: %w", name, err)
		}
		*page = parsed
	}
	return &p, nil
}

// Asset returns the content of an embedded file, such as style.css, and its
// media type. Its error is fs.ErrNotExist for a name that is no asset.
func Asset(name string) (content []byte, mediaType string, err error) {
	switch name {
	case "style.css":
		mediaType = "text/css; charset=utf-8"
	case "icon.svg":
		mediaType = "image/svg+xml"
	default:
		return nil, "", fmt.Errorf("asset %q: %w", name, fs.ErrNotExist)
	}
	content, err = assets.ReadFile("assets/" + name)
	return content, mediaType, err
}

// Frame is what every page has around its content.
type Frame struct {
	Now     time.Time
	Version string // may be empty
	Path    string // of the page, for its link that pauses refreshing; "" for no such link
	Refresh bool   // whether the page loads itself again every RefreshSeconds
}

// RefreshSeconds is how often a page loads itself again.
const RefreshSeconds = 10

// Status is the input of the status page.
type Status struct {
	Frame
	SLOs     []v1.SLO // sorted by id and group, not filtered
	Filter   v1.Filter
	Problems []v1.Problem // sorted
	NotReady string       // why the service cannot answer truly yet, or ""
}

// Objective is the input of the page of one objective.
type Objective struct {
	Frame
	Objective   v1.Objective
	Explanation Explanation
}

// Error is the input of the page for an error.
type Error struct {
	Frame
	Title, Message string
}

// Status writes the status page. Like the other pages it may stop half-way:
// write into a buffer to answer with whole pages only.
func (p *Pages) Status(w io.Writer, in Status) error {
	return render(w, p.status, newStatusView(in))
}

// Objective writes the page of one objective.
func (p *Pages) Objective(w io.Writer, in Objective) error {
	return render(w, p.objective, newObjectiveView(in))
}

// Error writes the page for an error.
func (p *Pages) Error(w io.Writer, in Error) error {
	return render(w, p.fault, struct {
		frameView
		Message string
	}{newFrameView(in.Frame, in.Title, nil), in.Message})
}

// Help is the input of a page of the documentation.
type Help struct {
	Frame
	Title string
	Text  string // in Markdown
}

// Help writes a page of the documentation.
func (p *Pages) Help(w io.Writer, in Help) error {
	return render(w, p.help, struct {
		frameView
		Text template.HTML
	}{newFrameView(in.Frame, in.Title, nil), markdown(in.Text)})
}

func render(w io.Writer, t *template.Template, data any) error {
	if err := t.ExecuteTemplate(w, "layout", data); err != nil {
		return fmt.Errorf("render page: %w", err)
	}
	return nil
}
