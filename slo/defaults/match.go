package defaults

import "slices"

// Subject is the objective that something is asked for, as its spec declares
// it.
type Subject struct {
	Namespace, Service string
	Owner              string
	Labels             map[string]string
}

// match is the condition of a rule; what is empty matches everything.
type match struct {
	namespaces, services, owners []string // services as namespace/name
	labels                       map[string]string
}

func (m match) matches(s Subject) bool {
	in := func(list []string, value string) bool { return len(list) == 0 || slices.Contains(list, value) }
	if !in(m.namespaces, s.Namespace) || !in(m.services, s.Namespace+"/"+s.Service) || !in(m.owners, s.Owner) {
		return false
	}
	for name, value := range m.labels {
		if got, found := s.Labels[name]; !found || got != value {
			return false
		}
	}
	return true
}
