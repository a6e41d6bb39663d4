package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"headroom/api"
	"headroom/api/auth"
	"headroom/collectors"
	"headroom/collectors/github"
	"headroom/internal/config"
)

// ownTokenName is who uses the token that the service made for itself.
const ownTokenName = "generated"

// access returns who may do what. Without configured tokens it is whoever can
// read the token file in the data directory.
func (a *App) access() (*auth.Tokens, error) {
	if len(a.Config.Tokens) == 0 {
		token, err := a.ownToken()
		if err != nil {
			return nil, err
		}
		return auth.New([]auth.Token{{Name: ownTokenName, Hash: auth.HashOf(token), Scopes: []auth.Scope{auth.Admin}}})
	}
	tokens := make([]auth.Token, len(a.Config.Tokens))
	for i, t := range a.Config.Tokens {
		tokens[i] = auth.Token{Name: t.Name, Hash: t.SHA256, Role: auth.Role(t.Role), Owners: t.Owners}
		for _, scope := range t.Scopes {
			tokens[i].Scopes = append(tokens[i].Scopes, auth.Scope(scope))
		}
	}
	return auth.New(tokens)
}

// ownToken reads the token in the data directory, and makes it at the first
// start. Nothing but the file ever shows it.
func (a *App) ownToken() (string, error) {
	path := filepath.Join(a.Config.DataDir, "token")
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		token := auth.Generate()
		if err := writeToken(path, token); err != nil {
			return "", fmt.Errorf("write the token: %w", err)
		}
		a.Logger.Info("no tokens are configured: made one with the scope admin", "file", path)
		a.tokenFile = path
		return token, nil
	}
	if err != nil {
		return "", fmt.Errorf("read the token: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if len(token) < len(auth.Generate()) {
		return "", fmt.Errorf("read the token: %s holds none: remove the file, so that headroom makes one", path)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		a.Logger.Warn("others may read the token: chmod 600 the file, or remove it to get another", "file", path)
	}
	a.tokenFile = path
	return token, nil
}

// writeToken makes the file in whole or not at all; from the first moment only
// its owner can read it.
func writeToken(path, token string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".token.*") // has mode 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(token + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// TokenFile returns the file with the token that the service made since none
// were configured, or "".
func (a *App) TokenFile() string { return a.tokenFile }

// webhooks returns those that are configured.
func (a *App) webhooks() ([]api.Webhook, error) {
	hooks := make([]api.Webhook, len(a.Config.Webhooks))
	for i, w := range a.Config.Webhooks {
		source, err := newSource(w)
		if err != nil {
			return nil, fmt.Errorf("webhook %s: %w", w.Name, err)
		}
		if _, err := secretOf(w)(); err != nil {
			return nil, fmt.Errorf("webhook %s: %w", w.Name, err)
		}
		hooks[i] = api.Webhook{Name: w.Name, Source: source, MaxBody: w.MaxBody}
		a.Logger.Info("webhook", "source", w.Source, "path", "/webhooks/"+w.Name)
	}
	return hooks, nil
}

func newSource(w config.Webhook) (collectors.Source, error) {
	switch w.Source {
	case github.Name:
		return github.New(secretOf(w)), nil
	default:
		return nil, fmt.Errorf("source %q is not known", w.Source)
	}
}

// secretOf gives a webhook's secret, from its file each time so that it can be
// replaced.
func secretOf(w config.Webhook) func() (string, error) {
	if w.SecretFile == "" {
		return func() (string, error) { return w.Secret.Reveal(), nil }
	}
	return func() (string, error) {
		text, err := os.ReadFile(w.SecretFile)
		if err != nil {
			return "", fmt.Errorf("read the secret: %w", err)
		}
		secret := strings.TrimSpace(string(text))
		if len(secret) < config.MinSecretLength {
			return "", fmt.Errorf("read the secret: %s holds less than %d characters", w.SecretFile, config.MinSecretLength)
		}
		return secret, nil
	}
}
