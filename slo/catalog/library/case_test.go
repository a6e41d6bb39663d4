package library_test

import (
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v4"

	"headroom/slo/catalog"
	"headroom/slo/event"
)

// testCase is one section of a testdata/*.txtar: a template with values, and
// series with what becomes of them. Its name is that of the template, with a
// variant after a slash. Its lines are
//
//	with {job: checkout}                values of parameters
//	want 3 of 120                       bad and all events in a minute
//	restart pod=b                       these processes restart midway
//	good 90 METRIC{LABELS}              a counter with so many events in a minute
//	bad 3 METRIC{LABELS} at 0.3         a histogram with observations of 0.3
//	bounds 0.1 0.25 1                   of the histograms
//	gauge METRIC{LABELS} 1 1 0! 1       a gauge's samples in a minute, ! is bad
//	good 2 pipeline branch=main …       so many events of the platform
//
// In place of good and bad, "-" stands before what must not count. Where one
// counter has all events and another the bad ones of them, "all" stands before
// the bad ones in the first, and "fault" before the same in the second.
type testCase struct {
	name, template string
	values         catalog.Values
	bad, total     float64 // in a minute
	restart        *labels.Matcher
	bounds         []string
	counters       []counter
	gauges         []gauge
	events         []platformEvent
}

// mark says what becomes of the events of a line.
type mark string

const (
	good  mark = "good"
	bad   mark = "bad"
	other mark = "-"
	all   mark = "all"
	fault mark = "fault"
)

type counter struct {
	mark     mark
	rate     float64 // events in a minute
	labels   map[string]string
	observed string // of a histogram: the value, "" for a counter
}

// series returns the counters that a process exports for a line: itself, or
// those of a histogram.
func (line counter) series(bounds []string) []counter {
	if line.observed == "" {
		return []counter{line}
	}
	part := func(rate float64, suffix string, more ...string) counter {
		set := maps.Clone(line.labels)
		set["__name__"] += suffix
		for i := 0; i < len(more); i += 2 {
			set[more[i]] = more[i+1]
		}
		return counter{rate: rate, labels: set}
	}
	value := number(line.observed)
	list := []counter{part(line.rate, "_count"), part(line.rate*value, "_sum"), part(line.rate, "_bucket", "le", "+Inf")}
	// Prometheus 2 keeps le="1" as it is scraped, Prometheus 3 makes it 1.0; a
	// store that was upgraded has both.
	newer := len(line.labels["pod"]+line.labels["instance"])%2 == 1
	for _, bound := range bounds {
		rate := 0.0
		if value <= number(bound) {
			rate = line.rate
		}
		if newer && !strings.Contains(bound, ".") {
			bound += ".0"
		}
		list = append(list, part(rate, "_bucket", "le", bound))
	}
	return list
}

// number reads one of a case, NaN when it is none.
func number(text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

type gauge struct {
	labels  map[string]string
	samples []float64
	bad     []bool
	counts  bool
}

type platformEvent struct {
	mark  mark
	rate  int
	event event.Event
}

// cases reads all cases.
func cases(t testing.TB) []testCase {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases in testdata: %v", err)
	}
	var list []testCase
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, section := range archive.Files {
			c := testCase{name: section.Name, values: catalog.Values{}}
			c.template, _, _ = strings.Cut(section.Name, "/")
			for number, line := range strings.Split(string(section.Data), "\n") {
				if err := c.read(strings.TrimSpace(line)); err != nil {
					t.Fatalf("%s: %s: line %d: %v", path, section.Name, number+1, err)
				}
			}
			list = append(list, c)
		}
	}
	return list
}

func (c *testCase) read(line string) error {
	word, rest, _ := strings.Cut(line, " ")
	switch rest = strings.TrimSpace(rest); word {
	case "", "#":
		return nil
	case "with":
		return c.readValues(rest)
	case "want":
		_, err := fmt.Sscanf(rest, "%g of %g", &c.bad, &c.total)
		return err
	case "restart":
		name, value, _ := strings.Cut(rest, "=")
		c.restart = labels.MustNewMatcher(labels.MatchEqual, name, value)
		return nil
	case "bounds":
		c.bounds = strings.Fields(rest)
		return nil
	case "gauge":
		return c.readGauge(rest)
	case string(good), string(bad), string(other), string(all), string(fault):
		return c.readCounted(mark(word), rest)
	default:
		return fmt.Errorf("unknown word %q", word)
	}
}

func (c *testCase) readValues(text string) error {
	var given map[string]yaml.Node
	if err := yaml.Unmarshal([]byte(text), &given); err != nil {
		return err
	}
	for name, node := range given {
		value := catalog.Text(node.Value)
		if node.Kind == yaml.SequenceNode {
			value = catalog.ListOf()
			for _, item := range node.Content {
				value.Texts = append(value.Texts, item.Value)
			}
		}
		c.values[name] = value
	}
	return nil
}

// readCounted reads a line of a counter, of a histogram or of an event.
func (c *testCase) readCounted(m mark, text string) error {
	number, rest, _ := strings.Cut(text, " ")
	rate, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return err
	}
	rest = strings.TrimSpace(rest)
	if kind, _, _ := strings.Cut(rest, " "); slices.Contains(event.Kinds(), event.Kind(kind)) {
		e, err := readEvent(rest)
		c.events = append(c.events, platformEvent{m, int(rate), e})
		return err
	}
	selector, observed := rest, ""
	if at := strings.LastIndex(rest, "} at "); at >= 0 {
		selector, observed = rest[:at+1], rest[at+len("} at "):]
	}
	set, err := readLabels(selector)
	c.counters = append(c.counters, counter{m, rate, set, observed})
	return err
}

func readLabels(text string) (map[string]string, error) {
	set, err := parser.NewParser(parser.Options{}).ParseMetric(text)
	return set.Map(), err
}

func (c *testCase) readGauge(text string) error {
	at := strings.LastIndex(text, "}")
	set, err := readLabels(text[:at+1])
	if err != nil {
		return err
	}
	g := gauge{labels: set, counts: true}
	for _, word := range strings.Fields(text[at+1:]) {
		if word == string(other) {
			g.counts = false
			continue
		}
		number, isBad := strings.CutSuffix(word, "!")
		v, err := strconv.ParseFloat(number, 64)
		if err != nil {
			return err
		}
		g.samples, g.bad = append(g.samples, v), append(g.bad, isBad)
	}
	if len(g.samples) != perMinute {
		return fmt.Errorf("%d samples, want %d", len(g.samples), perMinute)
	}
	c.gauges = append(c.gauges, g)
	return nil
}

// readEvent reads kind key=value …, with times after epoch.
func readEvent(text string) (event.Event, error) {
	kind, rest, _ := strings.Cut(text, " ")
	e := event.Event{Kind: event.Kind(kind), Source: "github", Subject: "acme/shop: build.yml", Run: "1", Attempt: 1, Attributes: map[string]string{}}
	for _, pair := range regexp.MustCompile(`(\w+)=("[^"]*"|\S+)`).FindAllStringSubmatch(rest, -1) {
		name, value := pair[1], strings.Trim(pair[2], `"`)
		switch name {
		case "source":
			e.Source = value
		case "subject":
			e.Subject = value
		case "branch":
			e.Branch = value
		case "environment":
			e.Environment = value
		case "change":
			e.Change = value
		case "outcome":
			e.Outcome = event.Outcome(value)
		case "fault":
			e.Fault = event.Fault(value)
		case "attempt":
			n, err := strconv.Atoi(value)
			if err != nil {
				return e, err
			}
			e.Attempt = n
		case "queued", "started", "finished":
			d, err := time.ParseDuration(value)
			if err != nil {
				return e, err
			}
			*map[string]*time.Time{"queued": &e.Queued, "started": &e.Started, "finished": &e.Finished}[name] = epoch.Add(d)
		default:
			return e, fmt.Errorf("unknown field %s of an event", name)
		}
	}
	return e, nil
}
