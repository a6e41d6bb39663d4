// Package plans reads alert plans: documents of the kind plan, with which an
// operator chooses, changes or drops the alerts of objectives that name them.
package plans
