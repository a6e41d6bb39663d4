package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"headroom/slo/catalog"
)

func newTemplates() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "templates",
		Short: "List templates of indicators, show and try them",
		Long: `List templates of indicators, show and try them.

A template knows how the metrics of a well-known system are counted. An
objective uses it by its name, with values for its parameters:

  template:
    name: http-availability
    with: {job: checkout}`,
		Example: "  headroom templates list --category http\n  headroom templates show http-availability\n  headroom templates try http-availability --set job=checkout",
		Args:    knownTemplatesCommand,

		SuggestionsMinimumDistance: 2,

		RunE: func(cmd *cobra.Command, _ []string) error {
			return usagef("%s does nothing alone: use list, show or try", cmd.CommandPath())
		},
	}
	cmd.AddCommand(newTemplatesList(), newTemplatesShow(), newTemplatesTry())
	return cmd
}

func knownTemplatesCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	message := fmt.Sprintf("unknown command %q", args[0])
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		message += fmt.Sprintf(": did you mean %s?", strings.Join(near, " or "))
	}
	return usagef("%s", message)
}

func newTemplatesList() *cobra.Command {
	var (
		specs    specFlags
		asJSON   bool
		category string
	)
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the templates",
		Example: "  headroom templates list\n  headroom templates list --category platform --json | jq '.[].name'",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			options, err := specs.options(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			list := options.Catalog.All()
			if category != "" {
				if err := oneOf("category", category, categories(list)); err != nil {
					return err
				}
				list = slices.DeleteFunc(list, func(t *catalog.Template) bool { return !slices.Contains(t.Categories, category) })
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), list)
			}
			return writeTemplates(cmd.OutOrStdout(), list)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&asJSON, "json", false, "print an array of objects instead of text")
	flags.StringVar(&category, "category", "", "only those of the `CATEGORY`, such as http")
	specs.registerTemplates(flags)
	_ = cmd.RegisterFlagCompletionFunc("category", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		options, _ := specs.read()
		return categories(options.Catalog.All()), cobra.ShellCompDirectiveNoFileComp
	}) // fails for an unknown flag only
	return cmd
}

// categories are those that templates have, sorted.
func categories(list []*catalog.Template) []string {
	var all []string
	for _, t := range list {
		all = append(all, t.Categories...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func writeTemplates(w io.Writer, list []*catalog.Template) error {
	width := 0
	for _, t := range list {
		width = max(width, len(t.Name))
	}
	for _, t := range list {
		if _, err := fmt.Fprintf(w, "%-*s  %s\n", width, t.Name, t.Title); err != nil {
			return fmt.Errorf("write the list of templates: %w", err)
		}
	}
	return nil
}

// templateFlags are the flags of commands about one template.
type templateFlags struct {
	specs specFlags
	set   []string
}

func (f *templateFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.set, "set", nil, "`NAME=VALUE` of a parameter, items of a list divided by commas; may be given again")
	f.specs.registerTemplates(cmd.Flags())
	cmd.Args = oneTemplate
	cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		options, _ := f.specs.read()
		var names []string
		for _, t := range options.Catalog.All() {
			names = append(names, t.Name+"\t"+t.Title)
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

func oneTemplate(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return usagef("no template is named: headroom templates list prints all of them")
	case len(args) > 1:
		return usagef("%s takes one template, and %q is a second one", cmd.CommandPath(), args[1])
	}
	return nil
}

// chosenTemplate is a template with the values that were given.
type chosenTemplate struct {
	*catalog.Template
	catalog *catalog.Catalog
	given   catalog.Values
}

// choose finds the template and reads the values.
func (f *templateFlags) choose(cmd *cobra.Command, name string) (chosenTemplate, error) {
	options, err := f.specs.options(cmd.ErrOrStderr())
	if err != nil {
		return chosenTemplate{}, err
	}
	t, found := options.Catalog.Find(name)
	if !found {
		message := "no template has the name " + fmt.Sprintf("%q", name)
		if near, ok := options.Catalog.Nearest(name); ok {
			message += ": did you mean " + near + "?"
		}
		return chosenTemplate{}, usagef("%s", message)
	}
	c := chosenTemplate{Template: t, catalog: options.Catalog, given: catalog.Values{}}
	for _, text := range f.set {
		name, value, found := strings.Cut(text, "=")
		if !found {
			return c, usagef("--set %q: write NAME=VALUE", text)
		}
		c.given[name] = catalog.Text(value)
		if p, found := t.Parameter(name); found {
			c.given[name] = p.Parse(value)
		}
	}
	return c, nil
}

// values are the given ones, and the examples of what else is needed.
func (c *chosenTemplate) values() catalog.Values {
	values := c.Examples()
	for name, v := range c.given {
		values[name] = v
	}
	return values
}
