package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"headroom/api/v1"
	"headroom/slo/event"
)

func newEvent() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "event",
		Short: "Report platform events",
		Args:  cobra.NoArgs,
		RunE:  noCommand,
	}
	cmd.AddCommand(newEventSend())
	return cmd
}

// sendPatience is how long headroom event send tries.
const sendPatience = 10 * time.Second

func newEventSend() *cobra.Command {
	var (
		service serviceFlags
		flags   eventFlags
		file    string
	)
	cmd := &cobra.Command{
		Use:   "send",
		Short: "Report one platform event, or those of a file",
		Long: `Report one platform event, described by flags, or those of a file: JSON, one
event or an array of at most ` + strconv.Itoa(v1.MaxEvents) + `, with the fields of the API.

Source, kind, subject, run and attempt together name a run: the same event may
be sent again, and a run may be reported when it starts and again when it ends,
in any order. Exit code 0 says that the service has stored it. When the service
is away the report is kept in $XDG_STATE_HOME/headroom/spool, the exit code is 1,
and the next headroom event send or headroom exec delivers it.`,
		Example: "  headroom event send --kind deployment --source ci --service checkout --environment production --run 4711 --outcome success --started 2026-11-23T14:30:05Z\n  headroom event send --file events.json",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			events, err := eventsToSend(cmd, &flags, file)
			if err != nil {
				return err
			}
			reporter, err := newReporter(&service, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if err := reporter.report(cmd.Context(), sendPatience, events...); err != nil {
				return errProblems
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), describe(min(reporter.recorded, len(events))))
			return err
		},
	}
	flags.addSend(cmd)
	cmd.Flags().StringVar(&file, "file", "", "`FILE` of events as JSON, - for standard input, instead of the flags that describe one")
	service.add(cmd.Flags())
	return cmd
}

func eventsToSend(cmd *cobra.Command, flags *eventFlags, file string) ([]event.Event, error) {
	if file == "" {
		e, err := flags.reported(time.Now())
		return []event.Event{e}, err
	}
	var described string
	cmd.Flags().Visit(func(f *pflag.Flag) {
		switch f.Name {
		case "file", "url", "token-file":
		default:
			described = f.Name
		}
	})
	if described != "" {
		return nil, usagef("--file and --%s exclude one another: the file describes its events", described)
	}
	text, err := readFile(cmd.InOrStdin(), file)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	events, err := v1.ParseEvents(text)
	if err != nil {
		var faults *v1.EventsError
		if errors.As(err, &faults) {
			for _, fault := range faults.Faults {
				fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", file, fault)
			}
			return nil, errProblems
		}
		return nil, fmt.Errorf("read events: %s: %w", file, err)
	}
	return events, nil
}

// maxEventsFile is what one request may hold, in bytes.
const maxEventsFile = 4 << 20

func readFile(stdin io.Reader, name string) ([]byte, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxEventsFile+1))
	if err == nil && len(text) > maxEventsFile {
		err = fmt.Errorf("%s is longer than %d bytes: send it in parts", name, maxEventsFile)
	}
	return text, err
}
