package slo

// Template says which template an indicator came from. It takes part in no
// hash: the indicator alone decides what is counted.
type Template struct {
	Name string
	With []Setting // every parameter that has a value, in the template's order
}

// IsZero reports whether the indicator came from no template.
func (t Template) IsZero() bool { return t.Name == "" }

// Setting is the value of one parameter of a template.
type Setting struct {
	Parameter string
	Value     string // as it is written in a spec
	Default   bool   // the spec does not give it
}
