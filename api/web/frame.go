package web

import (
	"fmt"
	"net/url"
	"time"
)

type frameView struct {
	Title         string
	Now, NowText  string
	Version       string
	Refresh       bool
	RefreshAfter  int
	RefreshSwitch string // URL of this page with refreshing the other way round
}

func newFrameView(f Frame, title string, query url.Values) frameView {
	view := frameView{
		Title: title, Now: f.Now.UTC().Format(time.RFC3339), NowText: f.Now.UTC().Format("15:04:05 UTC"),
		Version: f.Version, Refresh: f.Refresh, RefreshAfter: RefreshSeconds,
	}
	if f.Path == "" {
		return view
	}
	other := url.Values{}
	for name, values := range query {
		other[name] = values
	}
	if f.Refresh {
		other.Set("refresh", "off")
	}
	view.RefreshSwitch = link(f.Path, other)
	return view
}

func link(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// age writes how long ago something was, in one unit.
func age(at, now time.Time) string {
	d := now.Sub(at)
	switch {
	case at.IsZero():
		return "at an unknown time"
	case d < time.Second:
		return "just now"
	case d < time.Minute:
		return fmt.Sprintf("%d s ago", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	default:
		return fmt.Sprintf("%d days ago", int(d.Hours()/24))
	}
}
