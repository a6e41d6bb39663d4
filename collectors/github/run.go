package github

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"headroom/collectors"
	"headroom/slo/event"
)

// delivery is what is read of a workflow_run delivery.
type delivery struct {
	Action     string      `json:"action"`
	Run        *run        `json:"workflow_run"`
	Workflow   *workflow   `json:"workflow"`
	Repository *repository `json:"repository"`
}

type run struct {
	ID         int64       `json:"id"`
	Attempt    int         `json:"run_attempt"`
	Number     int64       `json:"run_number"`
	Name       string      `json:"name"`
	Path       string      `json:"path"`
	Event      string      `json:"event"`
	Status     string      `json:"status"`
	Conclusion string      `json:"conclusion"`
	CreatedAt  time.Time   `json:"created_at"`
	StartedAt  time.Time   `json:"run_started_at"`
	UpdatedAt  time.Time   `json:"updated_at"`
	HeadBranch string      `json:"head_branch"`
	HeadSHA    string      `json:"head_sha"`
	HTMLURL    string      `json:"html_url"`
	Head       *repository `json:"head_repository"`
}

type workflow struct {
	Name string `json:"name"`
	Path string `json:"path"`
}

type repository struct {
	FullName string `json:"full_name"`
}

func readRun(body []byte) (event.Event, error) {
	var d delivery
	if err := json.Unmarshal(body, &d); err != nil {
		return event.Event{}, fmt.Errorf("%w: read the body as a workflow run: %w", collectors.ErrMalformed, err)
	}
	if d.Run == nil || d.Run.ID == 0 || d.Repository == nil || d.Repository.FullName == "" {
		return event.Event{}, fmt.Errorf("%w: workflow_run, its id or repository.full_name is missing", collectors.ErrMalformed)
	}
	e := d.event()
	switch d.Action {
	case "requested": // it may carry a conclusion, which is not believed
	case "in_progress":
		e.Started = d.Run.StartedAt.UTC()
	case "completed":
		return d.settle(e)
	default:
		return event.Event{}, fmt.Errorf("%w: workflow runs that are %q", collectors.ErrIgnored, clip(d.Action, 64))
	}
	return e, nil
}

// event is what every delivery about a run says.
func (d delivery) event() event.Event {
	r := d.Run
	e := event.Event{
		Source: Name, Kind: event.Pipeline, Subject: d.subject(),
		Run: strconv.FormatInt(r.ID, 10), Attempt: max(r.Attempt, 1),
		Branch: clip(d.branch(), event.MaxText), Revision: clip(r.HeadSHA, event.MaxText),
		Attributes: map[string]string{"repository": clip(d.Repository.FullName, event.MaxAttributeValue)},
	}
	if event.ValidURL(r.HTMLURL) { // a run counts with or without a link to it
		e.URL = r.HTMLURL
	}
	if e.Attempt == 1 { // of later attempts created_at is still that of the first
		e.Queued = r.CreatedAt.UTC()
	}
	for name, value := range map[string]string{"workflow": d.workflow().Name, "trigger": r.Event} {
		if value != "" {
			e.Attributes[name] = clip(value, event.MaxAttributeValue)
		}
	}
	return e
}

// settle adds the end. GitHub tells no time of it. updated_at of the completed
// delivery is that time, but it moves when the run is touched later, by an
// approval or a deleted log. That is why Updated stays zero here: event.Merge
// then keeps the earliest end it was told, which is that of the first delivery.
func (d delivery) settle(e event.Event) (event.Event, error) {
	r := d.Run
	if r.Status != "completed" {
		return e, fmt.Errorf("%w: a completed delivery of a run with status %q", collectors.ErrIgnored, clip(r.Status, 64))
	}
	e.Started = r.StartedAt.UTC()
	outcome, fault, err := judge(r.Conclusion)
	if err != nil {
		return e, err
	}
	if outcome == event.Unsettled {
		e.Started = time.Time{}
		return e, nil
	}
	e.Finished, e.Outcome, e.Fault = r.UpdatedAt.UTC(), outcome, fault
	e.Attributes["conclusion"] = r.Conclusion
	return e, nil
}

// judge says what a conclusion means. A run that waits for an approval
// (action_required) has not run: once approved it goes on as the same attempt,
// so it has not settled.
func judge(conclusion string) (event.Outcome, event.Fault, error) {
	switch conclusion {
	case "success":
		return event.Success, "", nil
	case "failure", "timed_out":
		return event.Failure, event.FaultUnknown, nil
	case "startup_failure":
		return event.Failure, event.FaultPlatform, nil
	case "cancelled":
		return event.Cancelled, event.FaultCancelled, nil
	case "skipped", "neutral", "stale":
		return event.Skipped, "", nil
	case "action_required":
		return event.Unsettled, "", nil
	default:
		return "", "", fmt.Errorf("%w: a completed run with the conclusion %q", collectors.ErrIgnored, clip(conclusion, 64))
	}
}

// subject is "acme/shop: build.yml". A workflow that is no file of the
// repository keeps its whole path, such as dynamic/pages/pages-build-deployment.
func (d delivery) subject() string {
	w := d.workflow()
	path, _, _ := strings.Cut(w.Path, "@") // of a workflow from elsewhere: path@ref
	name := strings.TrimPrefix(path, ".github/workflows/")
	if name == "" {
		name = w.Name
	}
	if name == "" {
		name = "workflow"
	}
	return clip(d.Repository.FullName+": "+name, event.MaxSubject)
}

func (d delivery) workflow() workflow {
	w := workflow{Name: d.Run.Name, Path: d.Run.Path}
	if d.Workflow != nil {
		if w.Path == "" {
			w.Path = d.Workflow.Path
		}
		if d.Workflow.Name != "" { // a run may have a name of its own
			w.Name = d.Workflow.Name
		}
	}
	return w
}

// branch is that of the repository. A branch of a fork is "owner:branch", as
// GitHub writes it: anybody may name a branch of a fork "main".
func (d delivery) branch() string {
	r := d.Run
	switch {
	case r.HeadBranch == "":
		return ""
	case r.Head == nil && strings.HasPrefix(r.Event, "pull_request"):
		return "deleted:" + r.HeadBranch
	case r.Head == nil || strings.EqualFold(r.Head.FullName, d.Repository.FullName):
		return r.HeadBranch
	default:
		owner, _, _ := strings.Cut(r.Head.FullName, "/")
		return owner + ":" + r.HeadBranch
	}
}

// clip makes a text fit into an event: at most so many bytes, whole characters,
// no control characters.
func clip(s string, most int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}
