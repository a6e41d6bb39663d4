package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"headroom/slo"
)

const shopAvailability = "default/shop/availability"

// The outage: how long after the shop's start, and how long.
const (
	outageAfter = 20 * time.Second
	outageFor   = 35 * time.Second
)

// chapter is one part of the story.
type chapter func(context.Context, *world, *narrator) error

func tell(ctx context.Context, w *world, n *narrator) error {
	for _, c := range []chapter{opening, goodTimes, outage, frozen, recovery, ending} {
		if err := c(ctx, w, n); err != nil {
			return err
		}
	}
	return nil
}

func opening(ctx context.Context, w *world, n *narrator) error {
	n.say("A shop answers %.0f requests a second. Its team promised that 99.5%% of them succeed, over any hour. "+
		"So one request in 200 may fail: that is its error budget.", rate)
	n.show("cat specs/shop.slo.yaml", spec)
	if err := w.loadHistory(ctx); err != nil {
		return err
	}
	if err := w.start(ctx, "shop.log", w.shop, "-listen", w.shopAddress,
		"-rate", strconv.FormatFloat(rate, 'f', -1, 64), "-error-ratio", strconv.FormatFloat(errorRatio, 'f', -1, 64),
		"-incident-after", outageAfter.String(), "-incident-for", outageFor.String(), "-incident-ratio", "1", "-incident-every", "1h"); err != nil {
		return err
	}
	if err := w.serve(ctx); err != nil {
		return err
	}
	n.say("headroom serve is up at %s with the embedded engine: it scrapes the shop every two seconds and evaluates the rules "+
		"that it compiled from the file above. The %s before now are history that the demo loaded; the rest is real.", w.url, slo.FormatDuration(past))
	return nil
}

func goodTimes(ctx context.Context, w *world, n *narrator) error {
	if err := w.until(ctx, "the shop's budget is known", func() bool {
		b, err := w.balance(ctx, shopAvailability)
		return err == nil && b.BudgetState == "healthy" && b.Data == "ok"
	}); err != nil {
		return err
	}
	n.say("On a good day a few requests fail, and most of the budget is left.")
	if err := w.showCommand(ctx, n, 0, "status"); err != nil {
		return err
	}
	n.say("A deployment pipeline asks the gate before it releases, and reports what became of the deployment.")
	if err := w.showCommand(ctx, n, 0, "gate", "shop", "--environment", "production"); err != nil {
		return err
	}
	return w.showCommand(ctx, n, 0, "exec", "--token-file", "data/token", "--kind", "deployment", "--service", "shop",
		"--environment", "production", "--", "sh", "-c", "echo released version 2 of the shop")
}

func outage(ctx context.Context, w *world, n *narrator) error {
	n.say("Version 2 was not a good idea: in a moment every request will fail.")
	if err := w.until(ctx, "the page", func() bool {
		_, firing := w.pager.page(shopAvailability)
		return firing
	}); err != nil {
		return err
	}
	a, _ := w.pager.page(shopAvailability)
	n.say("The page is out. %s", a.Annotations["description"])
	if err := w.until(ctx, "the budget is gone", func() bool {
		b, err := w.balance(ctx, shopAvailability)
		return err == nil && b.Budget.Remaining != nil && *b.Budget.Remaining < 0
	}); err != nil {
		return err
	}
	n.say("And the budget of the hour is gone.")
	return w.showCommand(ctx, n, 0, "status")
}

// exitHeld is the gate's exit code for a release that has to wait.
const exitHeld = 3

func frozen(ctx context.Context, w *world, n *narrator) error {
	n.say("Somebody wants to ship a feature now. The gate holds it, and says why.")
	if err := w.showCommand(ctx, n, exitHeld, "gate", "shop", "--environment", "production", "--change", "feature"); err != nil {
		return err
	}
	n.say("What mends the shop may always pass, for callers whose token says so.")
	return w.showCommand(ctx, n, 0, "gate", "shop", "--environment", "production", "--change", "rollback", "--token-file", "data/token")
}

func recovery(ctx context.Context, w *world, n *narrator) error {
	if err := w.until(ctx, "the page resolves", func() bool {
		_, firing := w.pager.page(shopAvailability)
		return !firing
	}); err != nil {
		return err
	}
	n.say("Version 1 is back, requests succeed, and the page has resolved by itself. The budget comes back as the outage " +
		"leaves the window, an hour after it happened; until then releases wait.")
	return nil
}

func ending(ctx context.Context, w *world, n *narrator) error {
	n.say("The report of the last hour, in the form in which the team's channel gets it every Monday:")
	from := time.Now().UTC().Add(-time.Hour).Truncate(time.Minute)
	period := fmt.Sprintf("%s..%s", from.Format(time.RFC3339), time.Now().UTC().Format(time.RFC3339))
	if err := w.showCommand(ctx, n, 0, "report", "--period", period, "--format", "markdown"); err != nil {
		return err
	}
	if err := w.showCommand(ctx, n, 0, "dashboards", "specs", "--output", "dashboards"); err != nil {
		return err
	}
	n.say("That was it. Grafana dashboards are in %s; specs, policy, logs and the ledger are in %s. "+
		"Run `make run` for a service that stays.", filepath.Join(w.dir, "dashboards"), w.dir)
	return nil
}

// showCommand runs headroom, prints what it said, and checks its exit code.
func (w *world) showCommand(ctx context.Context, n *narrator, want int, args ...string) error {
	output, code, err := w.command(ctx, args...)
	if err != nil {
		return fmt.Errorf("run headroom %v: %w", args, err)
	}
	n.show(commandLine(args), output)
	if code != want {
		return fmt.Errorf("headroom %v ended with %d, not %d", args, code, want)
	}
	if code != 0 {
		n.show("echo $?", strconv.Itoa(code))
	}
	return nil
}

func commandLine(args []string) string {
	line := "headroom"
	for _, a := range args {
		if strings.Contains(a, " ") {
			a = strconv.Quote(a)
		}
		line += " " + a
	}
	return line
}
