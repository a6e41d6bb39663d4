package app

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"

	"headroom/internal/config"
	"headroom/slo/catalog"
	"headroom/slo/diag"
	"headroom/slo/manifest"
)

// templates keeps the organisation's templates current. Broken ones change
// nothing: the last good ones stay in force, also over a restart.
type templates struct {
	paths []string
	file  keptFile
	log   *slog.Logger

	known    *catalog.Catalog // nil: headroom's own
	problems []diag.Problem

	seen  []catalog.File // that were read last
	found []diag.Problem // in them
	good  bool           // there are last good ones
}

func newTemplates(c config.Config, log *slog.Logger) *templates {
	return &templates{paths: c.Templates, log: log, file: keptFile{what: "templates", path: filepath.Join(c.DataDir, "templates.json")}}
}

// refresh looks at the files once. What goes wrong becomes a problem that stays
// until a later refresh mends it.
func (t *templates) refresh() {
	t.problems = nil
	if len(t.paths) == 0 {
		return
	}
	if err := t.file.restore(t.restored); err != nil {
		t.problems = append(t.problems, problem(checkLastGood, err, "see to the data directory"))
	}
	files, unread := catalog.Files(t.paths...)
	t.problems = append(t.problems, unread...)
	if t.seen == nil || !slices.Equal(files, t.seen) {
		t.read(files, diag.HasErrors(unread))
	}
	t.problems = append(t.problems, t.found...)
	if broken := diag.HasErrors(unread) || diag.HasErrors(t.found); broken {
		if t.good {
			t.problems = append(t.problems, t.file.inForce(t.paths[0]))
		}
		return
	}
	t.good = true
	data, err := json.Marshal(files)
	if err == nil {
		err = t.file.keep(data)
	}
	if err != nil {
		t.problems = append(t.problems, t.file.forgetful(err))
	}
}

// read takes over templates that are sound. Where there are no earlier ones,
// those that are sound among broken ones are better than none.
func (t *templates) read(files []catalog.File, incomplete bool) {
	known, problems := catalog.Read(manifest.DecodeIndicator, files...)
	t.seen, t.found = files, problems
	if t.good && (incomplete || diag.HasErrors(problems)) {
		t.seen = nil // so that they are read when the rest is there again
		return
	}
	if t.known == nil || known.Hash() != t.known.Hash() {
		t.log.Info("templates", "count", len(known.All()), "files", len(files))
	}
	t.known = known
}

func (t *templates) restored(data []byte) error {
	var files []catalog.File
	if err := json.Unmarshal(data, &files); err != nil {
		return err
	}
	known, problems := catalog.Read(manifest.DecodeIndicator, files...)
	if diag.HasErrors(problems) {
		return fmt.Errorf("this version of headroom no longer takes them: %s: %s", problems[0].File, problems[0].Message)
	}
	t.known, t.good = known, true
	return nil
}
