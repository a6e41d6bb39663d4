// Package manifest reads objectives from YAML files. It reports every problem
// of every file with its place; one bad document hides no other.
package manifest
