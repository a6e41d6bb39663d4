package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headroom/api/v1"
	"headroom/budget/annotation"
	"headroom/slo"
)

func newNote() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "note",
		Short: "Note what happened around a service",
		Long: `Note what happened around a service, and list what is noted together with
deployments, held releases and corrections. Notes stay; they change no number.`,
		Args: cobra.NoArgs,
		RunE: noCommand,
	}
	cmd.AddCommand(newNoteAdd(), newNoteList())
	return cmd
}

func newNoteAdd() *cobra.Command {
	var (
		where     serviceFlags
		note      v1.Note
		at, until string
		about     string
	)
	cmd := &cobra.Command{
		Use:   "add TEXT",
		Short: "Write a note down",
		Long: `Write one line down about a service, an objective, or everything. Its author is
the name of the token, which needs the scope annotate.`,
		Example: "  headroom note add --about checkout 'moved to the new database'\n  headroom note add --about shop/checkout/availability --at 2026-03-02T14:00:00Z --link https://wiki.example/incidents/42 'DNS of the provider was down'",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("give the text as one argument, as in '%s \"moved to the new database\"'", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			note.Text = args[0]
			if err := fillNote(&note, about, at, until); err != nil {
				return err
			}
			service, err := where.client(0)
			if err != nil {
				return err
			}
			saved, err := service.AddNote(cmd.Context(), note)
			if err != nil {
				return explainUnanswered(err)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s at %s by %s\n", saved.ID, minute(saved.Start), printable(saved.Author))
			return err
		},
	}
	flags := cmd.Flags()
	where.add(flags)
	flags.StringVar(&about, "about", "", "`NAME` of a service, namespace/service or an objective (default: everything)")
	flags.StringVar(&at, "at", "", "`TIME` when it happened or began, such as 2026-03-02T14:00:00Z, now or -90m (default: now)")
	flags.StringVar(&until, "until", "", "`TIME` when it ended (default: it was a moment)")
	flags.StringVar(&note.URL, "link", "", "`URL` where more is said")
	return cmd
}

// fillNote reads the flags of a note and checks it as the service will.
func fillNote(note *v1.Note, about, at, until string) error {
	var err error
	if note.Service, note.Objective, err = parseAbout(about); err != nil {
		return err
	}
	for _, one := range []struct {
		flag, text string
		into       **time.Time
	}{{"at", at, &note.At}, {"until", until, &note.Until}} {
		if one.text == "" {
			continue
		}
		text, err := fromNow(one.text, time.Now())
		if err != nil {
			return usagef("--%s: %s", one.flag, err)
		}
		moment, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return usagef("--%s %q is not a time such as 2026-03-02T14:00:00Z, now or -90m", one.flag, one.text)
		}
		*one.into = &moment
	}
	a, err := note.Annotation("")
	if err == nil {
		_, err = annotation.Check(a, time.Now())
	}
	if errors.Is(err, annotation.ErrInvalid) {
		return usagef("%s", err)
	}
	return err
}

// parseAbout reads the name of an objective, which has three parts or is that of
// one in the default namespace, of a service, or of nothing.
func parseAbout(text string) (service, objective string, err error) {
	if text == "" {
		return "", "", nil
	}
	// Two parts may be a namespace and its service, or a service and its
	// objective, as everywhere; the objective is asked for with all three.
	if strings.Count(text, "/") == 2 {
		id, err := slo.ParseID(text)
		if err != nil {
			return "", "", usagef("--about: %s", err)
		}
		return id.Namespace + "/" + id.Service, id.Objective, nil
	}
	namespace, name, err := slo.ParseService(text)
	if err != nil {
		return "", "", usagef("--about: %s", err)
	}
	return namespace + "/" + name, "", nil
}

func newNoteList() *cobra.Command {
	var (
		where  serviceFlags
		when   spanFlags
		query  v1.AnnotationQuery
		kinds  []string
		about  string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List notes, deployments, held releases and corrections",
		Long: `List what happened around services in a time, the latest first: notes of people,
deployments that were reported, releases that were held, and corrections, which
are told of one objective only.`,
		Example: "  headroom note list\n  headroom note list --about shop/checkout/availability --last 7d\n  headroom note list --kind deployment --kind hold --json",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if query.Span, err = when.span(time.Now()); err != nil {
				return err
			}
			if query.Service, query.Objective, err = parseAbout(about); err != nil {
				return err
			}
			for _, k := range kinds {
				if err := oneOf("kind", k, annotationKinds()); err != nil {
					return err
				}
				query.Kinds = append(query.Kinds, annotation.Kind(k))
			}
			service, err := where.client(0)
			if err != nil {
				return err
			}
			list, err := service.Annotations(cmd.Context(), query)
			if err != nil {
				return explainUnanswered(err)
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), list)
			}
			return writeAnnotations(cmd.OutOrStdout(), list)
		},
	}
	where.add(cmd.Flags())
	when.add(cmd)
	cmd.Flags().StringVar(&about, "about", "", "`NAME` of a service, namespace/service or namespace/service/objective (default: everything)")
	cmd.Flags().StringArrayVar(&kinds, "kind", nil, "list one `KIND` only: deployment, hold, correction or note; may be repeated")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an array of objects instead of a table")
	_ = cmd.RegisterFlagCompletionFunc("kind", words(annotationKinds())) // fails for an unknown flag only
	return cmd
}

func annotationKinds() []string {
	var names []string
	for _, k := range annotation.Kinds() {
		names = append(names, string(k))
	}
	return names
}

func writeAnnotations(w io.Writer, list []v1.Annotation) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, "Nothing is noted.")
		return err
	}
	var rows [][]string
	for _, a := range list {
		about := a.Service
		if a.Objective != "" {
			about += "/" + a.Objective
		}
		text := a.Text
		if a.URL != "" {
			text += " " + a.URL
		}
		end := ""
		if a.End.After(a.Start) {
			end = minute(a.End)
		}
		rows = append(rows, []string{minute(a.Start), end, string(a.Kind), about, a.Author, text})
	}
	return writeTable(w, "AT\tUNTIL\tKIND\tABOUT\tAUTHOR\tTEXT", rows)
}
