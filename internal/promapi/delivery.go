package promapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"sync"
)

// ErrLifecycle is wrapped when a Prometheus does not take reloads by HTTP. The
// rules are written then, but not active.
var ErrLifecycle = errors.New("start Prometheus with --web.enable-lifecycle, or have it reload its configuration by other means")

// formerSuffix names the copy of the file that earlier versions left beside it,
// where a pattern in rule_files may load it.
const formerSuffix = ".previous"

// Delivery gives rules to a Prometheus that reads RulesFile: its rule_files must
// name it. Without a Client the file is only written, for another process to
// reload. The zero value of the rest is ready to use.
type Delivery struct {
	RulesFile string
	Previous  string // where the file that Apply replaces is kept, not where rule_files may find it; "" keeps none
	Client    *Client

	mu     sync.Mutex
	active []byte // what the last Apply delivered; nil after one that failed
}

// Gone reports whether somebody took the rules file away.
func (d *Delivery) Gone() bool {
	_, err := os.Stat(d.RulesFile)
	return errors.Is(err, fs.ErrNotExist)
}

// Apply writes a rule file in one step, keeps the one that it replaces at
// Previous, and has Prometheus reload its configuration.
// When Prometheus refuses, the former file is put back and loaded again, and the
// error says what Prometheus said. When Prometheus does not answer, or takes no
// reloads (ErrLifecycle), the new file stays: it counts from the next start on,
// and the next Apply tries the reload again. Rules that the last Apply delivered
// are not delivered twice, unless the file is gone.
func (d *Delivery) Apply(ctx context.Context, ruleFile []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.active != nil && bytes.Equal(d.active, ruleFile) && !d.Gone() {
		return nil
	}
	d.active = nil
	d.removeCopy(ruleFile)
	before, err := readFormer(d.RulesFile)
	if err != nil {
		return fmt.Errorf("deliver rules: %w", err)
	}
	if err := d.write(before, ruleFile); err != nil {
		return fmt.Errorf("deliver rules: %w", err)
	}
	if d.Client != nil {
		if err := d.Client.Reload(ctx); err != nil {
			return fmt.Errorf("deliver rules in %s: %w", d.RulesFile, d.recover(ctx, before, err))
		}
	}
	d.active = bytes.Clone(ruleFile)
	return nil
}

func (d *Delivery) write(before former, ruleFile []byte) error {
	if before.exists && bytes.Equal(before.data, ruleFile) {
		return nil
	}
	if d.Previous != "" {
		if err := before.keep(d.Previous); err != nil {
			return err
		}
	}
	return writeFile(d.RulesFile, ruleFile)
}

// removeCopy removes the copy that an earlier version left beside the rules
// file: it begins as rules of ours do, where somebody else's file is left alone.
func (d *Delivery) removeCopy(ruleFile []byte) {
	path := d.RulesFile + formerSuffix
	header, _, _ := bytes.Cut(ruleFile, []byte("\n"))
	if data, err := os.ReadFile(path); err == nil && len(header) > 0 && bytes.HasPrefix(data, header) {
		_ = os.Remove(path) // what cannot be removed must not hold up the rules
	}
}

// recover puts the former file back if Prometheus refused the new one.
func (d *Delivery) recover(ctx context.Context, before former, cause error) error {
	var refused *Error
	if !errors.As(cause, &refused) || refused.Status != http.StatusInternalServerError {
		return cause
	}
	if err := before.restore(d.RulesFile); err != nil {
		return errors.Join(cause, err)
	}
	// The caller may have given up; the former rules must come back all the same.
	if err := d.Client.Reload(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("%w; the former file is back, but Prometheus refuses that too, so look for the fault in the rest of its configuration: %w", cause, err)
	}
	return fmt.Errorf("%w; the former rules are active again", cause)
}

// Reload has Prometheus read its configuration and rules again, and returns
// when it has. A refusal is an *Error of status 500 with what Prometheus said;
// which rule it dislikes stands in its log only.
func (c *Client) Reload(ctx context.Context) error {
	err := c.request(ctx, func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url.JoinPath("-", "reload").String(), nil)
		if err != nil {
			return err
		}
		response, err := c.http.Do(request)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, response.Body)
		err = errors.Join(err, response.Body.Close())
		if response.StatusCode/100 != 2 {
			return &Error{Kind: KindServer, Status: response.StatusCode, Message: "this server takes no reloads"}
		}
		return err
	})
	var refused *Error
	if errors.As(err, &refused) && refused.Status == http.StatusForbidden && strings.Contains(refused.Message, "Lifecycle") {
		return fmt.Errorf("reload %s: %w: %w", c.url.Redacted(), refused, ErrLifecycle)
	}
	if err != nil {
		return fmt.Errorf("reload %s: %w", c.url.Redacted(), err)
	}
	return nil
}
