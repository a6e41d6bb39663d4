package config

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"headroom/slo"
	"headroom/slo/diag"
)

func readDocs(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// keysOf lists every yaml key below a type, however it is wrapped.
func keysOf(typ reflect.Type, keys map[string]bool) {
	switch typ.Kind() {
	case reflect.Pointer, reflect.Slice:
		keysOf(typ.Elem(), keys)
	case reflect.Struct:
		if typ.PkgPath() != reflect.TypeFor[file]().PkgPath() && !strings.HasSuffix(typ.PkgPath(), "/strictyaml") {
			return
		}
		for i := range typ.NumField() {
			field := typ.Field(i)
			if name, _, _ := strings.Cut(field.Tag.Get("yaml"), ","); name != "" {
				keys[name] = true
			}
			keysOf(field.Type, keys)
		}
	default: // scalars have no keys
	}
}

func TestEveryKeyIsDocumented(t *testing.T) {
	docs := readDocs(t)
	keys := map[string]bool{}
	keysOf(reflect.TypeFor[file](), keys)
	keysOf(reflect.TypeFor[alertmanagerFile](), keys)
	if len(keys) < 35 || !keys["insecure_skip_verify"] || !keys["namespaces"] {
		t.Fatalf("found only the keys %v", keys)
	}
	for key := range keys {
		if !strings.Contains(docs, "`"+key) {
			t.Errorf("docs/configuration.md does not describe the key %s", key)
		}
	}
}

func TestDocumentedDefaults(t *testing.T) {
	docs := readDocs(t)
	for key, value := range map[string]string{
		"listen":          DefaultListen,
		"data_dir":        DefaultDataDir,
		"reload_interval": slo.FormatDuration(DefaultReloadInterval),
		"tick":            slo.FormatDuration(DefaultTick),
		"retention":       slo.FormatDuration(DefaultRetention),
		"interval":        slo.FormatDuration(DefaultScrapeInterval),
		"zone":            DefaultReportZone,
		"period":          DefaultReportPeriod,
		"max_body":        "1MiB",
		"cache":           "64MiB",
		"fine":            slo.FormatDuration(DefaultFine),
		"slices":          slo.FormatDuration(DefaultKeepSlices),
		"events":          slo.FormatDuration(DefaultKeepEvents),
		"audit":           slo.FormatDuration(DefaultKeepAudit),
		"decisions":       strconv.Itoa(DefaultKeepDecisions),
	} {
		if row := "| `" + key + "` | `" + value + "` |"; !strings.Contains(docs, row) {
			t.Errorf("docs/configuration.md has no row %q", row)
		}
	}
	for _, word := range append(Scopes(), WebhookSources()...) {
		if !strings.Contains(docs, "`"+word+"`") {
			t.Errorf("docs/configuration.md does not name %s", word)
		}
	}
	for _, target := range Targets() {
		if !strings.Contains(docs, "`"+target+"`") {
			t.Errorf("docs/configuration.md does not name the target %s", target)
		}
	}
}

func TestDocumentedExamplesLoad(t *testing.T) {
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(readDocs(t), -1)
	if len(examples) < 2 {
		t.Fatalf("found %d examples in docs/configuration.md", len(examples))
	}
	for _, example := range examples {
		_, problems := Parse("headroom.yaml", []byte(example[1]))
		problems = slices.DeleteFunc(problems, func(p diag.Problem) bool { return p.Check == checkFile }) // the reader's files
		if diag.HasErrors(problems) {
			t.Errorf("an example has problems: %v\n%s", problems, example[1])
		}
	}
}

func TestEveryCheckHasAPage(t *testing.T) {
	for _, check := range []string{checkValue, checkConflict, checkFile} {
		text, err := os.ReadFile("../../docs/checks/" + check + ".md")
		if err != nil {
			t.Error(err)
			continue
		}
		if !strings.HasPrefix(string(text), "# "+check+"\n") {
			t.Errorf("the page of %s does not begin with its name", check)
		}
	}
}
