package api_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"headroom/alerting"
	"headroom/api/v1"
	"headroom/budget"
	"headroom/budget/audit"
	"headroom/budget/correction"
	"headroom/budget/gate"
	"headroom/budget/report"
	"headroom/slo"
	"headroom/slo/diag"
	"headroom/slo/event"
)

// schemas are the types that the API reads and writes, by their names in the
// description.
func schemas() map[string]reflect.Type {
	return map[string]reflect.Type{
		"SLO": reflect.TypeFor[v1.SLO](), "Objective": reflect.TypeFor[v1.Objective](), "Account": reflect.TypeFor[v1.Account](),
		"Budget": reflect.TypeFor[v1.Budget](), "Burn": reflect.TypeFor[v1.Burn](), "Alert": reflect.TypeFor[v1.Alert](), "Indicator": reflect.TypeFor[v1.Indicator](),
		"Place": reflect.TypeFor[slo.Place](), "History": reflect.TypeFor[v1.History](), "Series": reflect.TypeFor[v1.Series](), "Point": reflect.TypeFor[v1.Point](),
		"Slice": reflect.TypeFor[v1.Slice](), "SliceRow": reflect.TypeFor[v1.SliceRow](), "Problem": reflect.TypeFor[v1.Problem](), "Error": reflect.TypeFor[v1.Error](),
		"Gate": reflect.TypeFor[v1.Gate](), "Decision": reflect.TypeFor[v1.Decision](), "Freeze": reflect.TypeFor[v1.Freeze](),
		"Report": reflect.TypeFor[report.Report](), "ReportItem": reflect.TypeFor[report.Item](), "ReportList": reflect.TypeFor[report.List](),
		"ReportCorrection": reflect.TypeFor[report.Correction](),
		"Event":            reflect.TypeFor[v1.Event](), "Recorded": reflect.TypeFor[v1.Recorded](), "Ignored": reflect.TypeFor[v1.Ignored](),
		"Correction": reflect.TypeFor[v1.Correction](), "CorrectionDraft": reflect.TypeFor[v1.CorrectionDraft](), "CorrectionChange": reflect.TypeFor[v1.CorrectionChange](),
		"CorrectionDetail": reflect.TypeFor[v1.CorrectionDetail](), "CorrectionPreview": reflect.TypeFor[v1.CorrectionPreview](), "CorrectionEffect": reflect.TypeFor[v1.CorrectionEffect](),
		"CorrectionEntry": reflect.TypeFor[v1.CorrectionEntry](), "CorrectionRevocation": reflect.TypeFor[v1.CorrectionRevocation](), "Interval": reflect.TypeFor[v1.Interval](),
		"Incidents": reflect.TypeFor[v1.Incidents](), "Incident": reflect.TypeFor[v1.Incident](), "Alerted": reflect.TypeFor[v1.Alerted](),
		"Forecast": reflect.TypeFor[v1.Forecast](), "Crossing": reflect.TypeFor[v1.Crossing](), "Windows": reflect.TypeFor[v1.Windows](), "Window": reflect.TypeFor[v1.Window](),
		"Attribution": reflect.TypeFor[v1.Attribution](), "Attributed": reflect.TypeFor[v1.Attributed](), "LabelValues": reflect.TypeFor[v1.Label](),
		"Annotation": reflect.TypeFor[v1.Annotation](), "Note": reflect.TypeFor[v1.Note](), "Why": reflect.TypeFor[v1.Why](),
		"AuditEntry": reflect.TypeFor[v1.AuditEntry](),
		"Datasource": reflect.TypeFor[v1.Datasource](), "DatasourceRules": reflect.TypeFor[v1.DatasourceRules](),
	}
}

// enumerations are the words of types that have few.
func enumerations() map[reflect.Type][]string {
	return map[reflect.Type][]string{
		reflect.TypeFor[audit.Action](): words(audit.Actions()), reflect.TypeFor[audit.Outcome](): words(audit.Outcomes()),
		reflect.TypeFor[budget.State]():      words(v1.States()),
		reflect.TypeFor[budget.DataState]():  words(v1.DataStates()),
		reflect.TypeFor[gate.Verdict]():      words([]gate.Verdict{gate.Allowed, gate.Held, gate.Unknown}),
		reflect.TypeFor[gate.Effect]():       words([]gate.Effect{gate.Holds, gate.Closes, gate.Passes, gate.Advises, gate.Young, gate.Opens}),
		reflect.TypeFor[alerting.Severity](): words([]alerting.Severity{alerting.Page, alerting.Ticket}),
		reflect.TypeFor[diag.Severity]():     words([]diag.Severity{diag.Error, diag.Warning}),
		reflect.TypeFor[event.Outcome]():     words([]event.Outcome{event.Success, event.Failure, event.Cancelled, event.Skipped}),
	}
}

func words[T ~string](list []T) []string {
	all := make([]string, len(list))
	for i, w := range list {
		all[i] = string(w)
	}
	return all
}

// describer writes Go types as schemas of OpenAPI 3.0, with the comments of
// their fields.
type describer struct {
	names map[reflect.Type]string
	enums map[reflect.Type][]string
	docs  map[string]string // "import path.Type" and "import path.Type.Field"
}

func newDescriber() (*describer, error) {
	d := &describer{names: map[reflect.Type]string{}, enums: enumerations(), docs: map[string]string{}}
	for name, t := range schemas() {
		d.names[t] = name
		if path := t.PkgPath(); d.docs[path] == "" {
			d.docs[path] = "read"
			if err := d.readComments(path); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}

// document returns the schema of a named type itself.
func (d *describer) document(t reflect.Type) map[string]any {
	s := d.object(t)
	if text := d.docs[t.PkgPath()+"."+t.Name()]; text != "" {
		s["description"] = text
	}
	return s
}

// schema returns a reference to a named type, or the schema itself.
func (d *describer) schema(t reflect.Type) map[string]any {
	if name, found := d.names[t]; found {
		return map[string]any{"$ref": "#/components/schemas/" + name}
	}
	if enum, found := d.enums[t]; found {
		return map[string]any{"type": "string", "enum": enum}
	}
	switch {
	case t.Kind() == reflect.Pointer:
		return d.nullable(t.Elem())
	case t == reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[slo.Group]():
		return map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "string"}, "description": "labels of the group, {} when not grouped"}
	case t.Implements(reflect.TypeFor[interface{ MarshalText() ([]byte, error) }]()), t.Kind() == reflect.String:
		return map[string]any{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64, reflect.Uint64, reflect.Int32:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": d.schema(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": d.schema(t.Elem())}
	case reflect.Struct:
		return d.object(t)
	default:
		panic(fmt.Sprintf("no schema for %s", t))
	}
}

func (d *describer) nullable(t reflect.Type) map[string]any {
	s := d.schema(t)
	if _, reference := s["$ref"]; reference {
		return map[string]any{"nullable": true, "allOf": []any{s}}
	}
	s["nullable"] = true
	return s
}

func (d *describer) object(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	d.fields(t, properties, &required)
	s := map[string]any{"type": "object", "properties": properties}
	switch {
	case t == reflect.TypeFor[correction.Amount](): // either will do
		either := []any{}
		for _, name := range required {
			either = append(either, map[string]any{"type": "object", "nullable": true, "required": []string{name}})
		}
		s["anyOf"] = either
	case len(required) > 0:
		s["required"] = required
	}
	return s
}

func (d *describer) fields(t reflect.Type, properties map[string]any, required *[]string) {
	for field := range t.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous && name == "" {
			d.fields(field.Type, properties, required)
			continue
		}
		if !field.IsExported() || name == "-" {
			continue
		}
		s := d.schema(field.Type)
		if text := d.docs[t.PkgPath()+"."+t.Name()+"."+field.Name]; text != "" {
			if _, reference := s["$ref"]; reference {
				s = map[string]any{"allOf": []any{s}}
			}
			s["description"] = text
		}
		if t == reflect.TypeFor[report.List]() && name == "items" { // an empty list
			s["nullable"] = true
		}
		properties[name] = s
		mayLack := t == reflect.TypeFor[v1.Event]() && name == "attempt" // 1 when it is left out
		if !strings.Contains(options, "omit") && !mayLack {
			*required = append(*required, name)
		}
	}
}

// readComments reads what is said of the types and fields of a package.
func (d *describer) readComments(path string) error {
	files, err := filepath.Glob(filepath.Join("..", strings.TrimPrefix(path, "headroom/"), "*.go"))
	if err != nil {
		return err
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if decl, ok := n.(*ast.GenDecl); ok {
				d.comment(path, decl)
			}
			return true
		})
	}
	return nil
}

func (d *describer) comment(path string, decl *ast.GenDecl) {
	for _, spec := range decl.Specs {
		named, ok := spec.(*ast.TypeSpec)
		if !ok {
			continue
		}
		if decl.Doc != nil {
			d.docs[path+"."+named.Name.Name] = plainText(decl.Doc)
		}
		structure, ok := named.Type.(*ast.StructType)
		if !ok {
			continue
		}
		for _, field := range structure.Fields.List {
			for _, name := range field.Names {
				text := plainText(field.Doc)
				if text == "" {
					text = plainText(field.Comment)
				}
				d.docs[path+"."+named.Name.Name+"."+name.Name] = text
			}
		}
	}
}

func plainText(c *ast.CommentGroup) string {
	return strings.Join(strings.Fields(c.Text()), " ")
}
