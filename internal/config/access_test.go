package config

import (
	"crypto/sha256"
	"path/filepath"
	"testing"
)

func TestLoadAccess(t *testing.T) {
	got, dir := load(t, `
require_token_to_read: true
tokens:
- {name: ci, sha256: 5E884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8, scopes: [events, decide]}
- {name: boss, sha256: 2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e90, scopes: [admin]}
- {name: payments, sha256: 043a718774c572bd8a25adbeb1bfcd5c0256ae11cecf9f9c3f925d0e52beaf89, role: editor, scopes: [exempt], owners: [team-payments, Ops]}
webhooks:
- {name: github, source: github, secret: an honest secret}
- {name: enterprise, source: github, secret_file: token, max_body: 25MB}
`)
	want := Default()
	want.DataDir, want.Specs[0].Path = filepath.Join(dir, DefaultDataDir), dir
	want.TokenToRead = true
	want.Tokens = []Token{
		{Name: "ci", SHA256: sha256.Sum256([]byte("password")), Scopes: []string{"events", "decide"}},
		{Name: "boss", SHA256: sha256.Sum256([]byte("alice")), Scopes: []string{"admin"}},
		{Name: "payments", SHA256: sha256.Sum256([]byte("s")), Role: "editor", Scopes: []string{"exempt"}, Owners: []string{"team-payments", "Ops"}},
	}
	want.Webhooks = []Webhook{
		{Name: "github", Source: "github", Secret: NewSecret("an honest secret"), MaxBody: 1 << 20},
		{Name: "enterprise", Source: "github", SecretFile: filepath.Join(dir, "token"), MaxBody: 25_000_000},
	}
	compare(t, got, want)
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{
		"1KiB": 1024, "512 KiB": 512 << 10, "1MiB": 1 << 20, "25MB": 25_000_000, "2000kB": 2_000_000,
		"": 0, "1": 0, "26MB": 0, "0MiB": 0, "1023KB x": 0, "-1MB": 0, "1.5MB": 0, "9999999999MB": 0, "999999999MiB": 0, "1kB": 0,
	} {
		var got byteSize
		if err := got.UnmarshalText([]byte(text)); (err == nil) != (want > 0) || int64(got) != want {
			t.Errorf("%q is %d, %v; want %d", text, got, err, want)
		}
	}
}
