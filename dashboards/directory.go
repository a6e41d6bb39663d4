package dashboards

import (
	"fmt"
	"io"

	"headroom/internal/atomicfile"
	"headroom/slo"
)

// Changes is what WriteDirectory did, by the names of files.
type Changes struct {
	Written   []string
	Unchanged []string
	Removed   []string // of objectives that are gone
}

// WriteDirectory writes one file for each dashboard and one that tells Grafana
// of them, so that the directory can be mounted where Grafana looks for
// provisioning. Files are replaced at once and only when they change. Those
// that an earlier call wrote and that are not wanted any more are removed;
// files of others stay, and one that stands in the way is an error. Nothing is
// changed unless every dashboard can be drawn.
func WriteDirectory(path string, objectives []*slo.Objective, o Options) (Changes, error) {
	changes, err := writeDirectory(path, objectives, o)
	if err != nil {
		return changes, fmt.Errorf("write dashboards to %s: %w", path, err)
	}
	return changes, nil
}

func writeDirectory(path string, objectives []*slo.Objective, o Options) (Changes, error) {
	var changes Changes
	provider, err := o.provider()
	if err != nil {
		return changes, err
	}
	names := []string{providerFile}
	wanted := map[string]bool{providerFile: true}
	for d, err := range All(objectives, o) {
		if err != nil {
			return changes, err
		}
		names = append(names, d.Name)
		wanted[d.Name] = true
	}
	dir := atomicfile.Directory{Path: path, Prefix: filePrefix, Headers: []string{providerHeader, dashboardHeader}}
	if err := dir.Check(names...); err != nil {
		return changes, err
	}
	for d, err := range All(objectives, o) {
		if err != nil {
			return changes, err
		}
		if err := changes.write(dir, d.Name, d.JSON); err != nil {
			return changes, err
		}
	}
	if err := changes.write(dir, providerFile, provider); err != nil {
		return changes, err
	}
	changes.Removed, err = dir.Sweep(func(name string) bool { return wanted[name] })
	return changes, err
}

// dashboardHeader begins every dashboard, as encode writes it.
const dashboardHeader = "{\n  \"uid\": \"" + uidPrefix

func (c *Changes) write(dir atomicfile.Directory, name string, content []byte) error {
	changed, err := dir.Write(name, func(w io.Writer) error { _, err := w.Write(content); return err })
	if err != nil {
		return err
	}
	if changed {
		c.Written = append(c.Written, name)
	} else {
		c.Unchanged = append(c.Unchanged, name)
	}
	return nil
}
