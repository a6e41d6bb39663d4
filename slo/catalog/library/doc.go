// Package library is where headroom's own templates of indicators are kept:
// the files *.yaml, which the package catalog embeds. Its tests load series as
// the systems export them, good ones, bad ones and others that must not count,
// and evaluate the rules of every template to the known ratio. The cases are in
// testdata/*.txtar; a template without one fails the tests.
package library
