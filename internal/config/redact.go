package config

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"headroom/internal/strictyaml"
	"headroom/slo/diag"
)

// secretKeys finds what stands behind a key that smells of a secret, on the
// same line. A key that ends in _file names a file and is shown.
var secretKeys = regexp.MustCompile(`(?i)(?:pass\w*|secret|token|sha256|headers|authorization|api[-_]?key|cookie)["']?\s*:\s*(\S.*)`)

// userinfo finds the name and password in a URL.
var userinfo = regexp.MustCompile(`//([^/\s"'?#]+)@`)

// urlQuery finds the query of a URL, where tokens are put by mistake.
var urlQuery = regexp.MustCompile(`//[^\s"'?]*\?([^\s"']+)`)

// redactProblems hides secrets in the excerpts of problems: those that were
// understood, what stands behind a key that smells of one, and what could not
// be understood at all, since that may be anything.
func redactProblems(problems []diag.Problem, secrets []string) []diag.Problem {
	for i := range problems {
		p := &problems[i]
		switch p.Check {
		case checkValue, checkConflict, checkFile, "bad-value", "missing-key", "empty-value":
		case "unknown-key", "duplicate-key":
			p.Excerpt = hideAfter(p.Excerpt, p.EndColumn-max(p.ExcerptColumn, 1))
		default:
			p.Excerpt = hideAfter(p.Excerpt, p.Column-max(p.ExcerptColumn, 1))
		}
		if at := secretKeys.FindStringSubmatchIndex(p.Excerpt); at != nil {
			p.Excerpt = hideAfter(p.Excerpt, utf8.RuneCountInString(p.Excerpt[:at[2]]))
		}
		if at := userinfo.FindStringSubmatch(p.Excerpt); at != nil {
			p.Excerpt = hide(p.Excerpt, at[1])
		}
		if at := urlQuery.FindStringSubmatch(p.Excerpt); at != nil {
			p.Excerpt = hide(p.Excerpt, at[1])
		}
		for _, secret := range secrets {
			for line := range strings.Lines(secret) {
				p.Excerpt = hide(p.Excerpt, strings.TrimSpace(line))
				p.Message = hide(p.Message, strings.TrimSpace(line))
			}
		}
	}
	return problems
}

// shortest is the length from which on a secret is hidden wherever it occurs:
// of a shorter one the stars in other words would tell what it is.
const shortest = 4

func hide(s, secret string) string {
	if utf8.RuneCountInString(secret) < shortest {
		return s
	}
	return strings.ReplaceAll(s, secret, strings.Repeat("*", utf8.RuneCountInString(secret)))
}

// hideAfter keeps a number of characters of a line, and its length, so that
// carets still stand right.
func hideAfter(line string, characters int) string {
	runes := []rune(line)
	for i := max(characters, 0); i < len(runes); i++ {
		if runes[i] != ' ' && runes[i] != ':' {
			runes[i] = '*'
		}
	}
	return string(runes)
}

// secretsOf lists the texts of all secrets in a file.
func secretsOf(f *file) []string {
	secrets := []string{f.Slack.V.Token.V.Reveal()}
	add := func(a authFile, headers strictyaml.Map[Secret]) {
		secrets = append(secrets, secretsIn(a, headers)...)
	}
	external := func(p prometheusFile) {
		add(p.authFile, p.Headers)
		add(p.Ruler.V.authFile, p.Ruler.V.Headers)
	}
	external(f.Prometheus.V)
	for _, d := range f.Datasources.V {
		external(d.prometheusFile)
	}
	for _, a := range f.alertmanagers {
		add(a.authFile, a.Headers)
	}
	for _, s := range f.Engine.V.Scrape {
		add(s.authFile, nil)
	}
	for _, w := range f.Webhooks {
		secrets = append(secrets, w.Secret.V.Reveal())
	}
	for _, t := range f.Tokens { // somebody may have written the token itself
		secrets = append(secrets, t.SHA256.V)
	}
	return secrets
}

func secretsIn(a authFile, headers strictyaml.Map[Secret]) []string {
	secrets := []string{a.BearerToken.V.Reveal(), a.BasicAuth.V.Password.V.Reveal()}
	for _, h := range headers {
		secrets = append(secrets, h.Value.Reveal())
	}
	return secrets
}
