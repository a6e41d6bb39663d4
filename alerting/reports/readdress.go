package reports

import (
	"context"
	"errors"
	"slices"
	"strings"

	"headroom/alerting/outbox"
	"headroom/budget/report"
)

func (r *Reports) runReaddress(ctx context.Context) {
	if err := r.readdress(ctx); err != nil && ctx.Err() == nil {
		r.o.Logger.Error("readdress failed reports", "error", err)
	}
}

// readdress withdraws failed reports to channels that no report and no owner
// names any more: only a change could have helped them, and it was made. The
// report of the current period goes to the channel that is named instead.
func (r *Reports) readdress(ctx context.Context) error {
	if !r.o.Ready() {
		return nil
	}
	unsent, err := r.o.Outbox.Unsent(ctx)
	if err != nil {
		return err
	}
	named := map[string]bool{}
	for _, regular := range r.o.Reports {
		for _, a := range r.addressees(regular) {
			named[a.channel] = true
		}
	}
	var errs []error
	for _, e := range unsent {
		if e.State == outbox.Failed && strings.HasPrefix(e.Key, keyPrefix) && !named[e.Channel] {
			errs = append(errs, r.replace(ctx, e))
		}
	}
	return errors.Join(errs...)
}

// replace withdraws a report once its successors are kept, so that a crash
// between loses neither.
func (r *Reports) replace(ctx context.Context, e outbox.Entry) error {
	now := r.o.Now()
	for _, regular := range r.o.Reports {
		period, err := report.ParsePeriod(regular.Period, regular.Schedule.Zone(), now)
		if err != nil {
			return err
		}
		for _, a := range r.successors(regular, period, e) {
			if err := r.enqueue(ctx, period, a, now); err != nil {
				return err
			}
		}
	}
	_, err := r.o.Outbox.Withdraw(ctx, e)
	return err
}

// successors are who gets now what a message told its channel about a period.
func (r *Reports) successors(regular Report, period report.Period, e outbox.Entry) []addressee {
	return slices.DeleteFunc(r.addressees(regular), func(a addressee) bool {
		before := addressee{e.Channel, a.scope}
		if a.scope.Channel != "" {
			before.scope.Channel = e.Channel
		}
		return key(period, before) != e.Key
	})
}
