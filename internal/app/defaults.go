package app

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"

	"headroom/internal/config"
	"headroom/slo/defaults"
	"headroom/slo/diag"
	"headroom/slo/plans"
)

// newDefaults keeps the organisation's defaults.
func newDefaults(c config.Config, log *slog.Logger) *lastGood[*defaults.Set] {
	return &lastGood[*defaults.Set]{
		paths: c.Defaults, log: log,
		file: keptFile{what: "defaults", path: filepath.Join(c.DataDir, "defaults.json")},
		source: source[*defaults.Set]{
			load:   defaults.Load,
			encode: func(s *defaults.Set) ([]byte, error) { return json.Marshal(s.Files()) },
			decode: decodeDefaults,
		},
	}
}

func decodeDefaults(data []byte) (*defaults.Set, error) {
	var files []defaults.File
	if err := json.Unmarshal(data, &files); err != nil {
		return nil, err
	}
	set, problems := defaults.Read(files)
	if diag.HasErrors(problems) {
		return nil, fmt.Errorf("this version of headroom no longer takes them: %s: %s", problems[0].File, problems[0].Message)
	}
	return set, nil
}

// newPlans keeps the alert plans.
func newPlans(c config.Config, log *slog.Logger) *lastGood[*plans.Set] {
	return &lastGood[*plans.Set]{
		paths: c.Plans, log: log,
		file:   keptFile{what: "alert plans", path: filepath.Join(c.DataDir, "plans.json")},
		source: source[*plans.Set]{load: plans.Load, encode: (*plans.Set).MarshalJSON, decode: plans.Decode},
	}
}
