package ruler

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"headroom/rules"
	"headroom/slo"
)

// ownGroups begins the names of all groups that headroom makes.
const ownGroups = "headroom/"

// Action is what a change does.
type Action string

// The actions.
const (
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
)

// Change is one request that alters the ruler.
type Change struct {
	Action    Action
	Namespace string
	Group     string
	Want      rules.Group // what is set; zero when the group is deleted
	Have      rules.Group // what the ruler holds; zero when the group is new
}

// String names the group and what happens to it.
func (c Change) String() string { return fmt.Sprintf("%s %s %s", c.Action, c.Namespace, c.Group) }

// Name is a group in its namespace.
type Name struct{ Namespace, Group string }

// Plan is what a push would change.
type Plan struct {
	// Changes in the order in which they are made: what is set before what is
	// deleted.
	Changes []Change
	// Unchanged is how many groups are already as they should be.
	Unchanged int
	// Stale are groups of ours that no objective has, which nobody asked to
	// delete.
	Stale []Name
	// Foreign are groups of somebody else in namespaces that begin with our
	// prefix. They stay.
	Foreign []Name
}

// Compile compiles the objectives of one service.
type Compile func([]*slo.Objective) (iter.Seq[rules.Group], error)

// Plan reads what the ruler holds, and compares it with the rules of
// objectives. With prune, groups of ours that no objective has are to be
// deleted.
func (c *Client) Plan(ctx context.Context, objectives []*slo.Objective, compile Compile, prune bool) (Plan, error) {
	have, err := c.read(ctx)
	if err != nil {
		return Plan{}, fmt.Errorf("read the rules at %s: %w", c.rules.Redacted(), err)
	}
	groups, err := compile(objectives)
	if err != nil {
		return Plan{}, err
	}
	var p Plan
	for g := range groups {
		where := Name{Namespace: c.namespace(g), Group: g.Name}
		held, exists := have[where]
		delete(have, where)
		switch {
		case !exists:
			p.Changes = append(p.Changes, Change{Action: Create, Namespace: where.Namespace, Group: g.Name, Want: g})
		case reflect.DeepEqual(normal(g), held):
			p.Unchanged++
		default:
			p.Changes = append(p.Changes, Change{Action: Update, Namespace: where.Namespace, Group: g.Name, Want: g, Have: held})
		}
	}
	c.rest(&p, have, prune)
	return p, nil
}

// rest judges the groups that no objective has.
func (c *Client) rest(p *Plan, have map[Name]rules.Group, prune bool) {
	for where, held := range have {
		switch {
		case !c.owns(where):
			p.Foreign = append(p.Foreign, where)
		case prune:
			p.Changes = append(p.Changes, Change{Action: Delete, Namespace: where.Namespace, Group: where.Group, Have: held})
		default:
			p.Stale = append(p.Stale, where)
		}
	}
	byName := func(a, b Name) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Group, b.Group))
	}
	slices.SortFunc(p.Stale, byName)
	slices.SortFunc(p.Foreign, byName)
	slices.SortStableFunc(p.Changes, func(a, b Change) int {
		return cmp.Or(
			cmp.Compare(last(a.Action), last(b.Action)),
			cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Group, b.Group))
	})
}

func last(a Action) int {
	if a == Delete {
		return 1
	}
	return 0
}

// owns reports whether a group is one that we would set for some objective: its
// namespace is our prefix and a service, and its name begins with that service.
// So a longer prefix, which begins with ours, is somebody else's.
func (c *Client) owns(where Name) bool {
	service, found := strings.CutPrefix(where.Namespace, c.options.Prefix)
	return found && strings.Count(service, "/") == 1 && strings.HasPrefix(where.Group, ownGroups+service+"/")
}

// namespace is where the groups of a service stand: prefix, namespace, service.
// The name of a group is headroom/namespace/service/objective/kind.
func (c *Client) namespace(g rules.Group) string {
	parts := strings.SplitN(strings.TrimPrefix(g.Name, ownGroups), "/", 3)
	return c.options.Prefix + parts[0] + "/" + parts[1]
}

// read returns what stands in namespaces of ours.
func (c *Client) read(ctx context.Context) (map[Name]rules.Group, error) {
	answer, err := c.request(ctx, http.MethodGet, c.rules, nil)
	var e *Error
	if errors.As(err, &e) && e.Status == http.StatusNotFound && strings.Contains(e.Message, "no rule groups") {
		return map[Name]rules.Group{}, nil
	}
	if errors.As(err, &e) && e.Status == http.StatusNotFound {
		return nil, fmt.Errorf("%w; Mimir's rules are at %s, those of Cortex at /api/v1/rules", err, DefaultPath)
	}
	if err != nil {
		return nil, err
	}
	var namespaces map[string][]group
	if err := yaml.Unmarshal(answer, &namespaces); err != nil {
		return nil, fmt.Errorf("the answer is not that of a ruler, so the URL or the path leads elsewhere: %w", err)
	}
	have := map[Name]rules.Group{}
	for namespace, groups := range namespaces {
		if !strings.HasPrefix(namespace, c.options.Prefix) {
			continue
		}
		for _, g := range groups {
			have[Name{Namespace: namespace, Group: g.Name}] = normal(g.group())
		}
	}
	return have, nil
}
