package config

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

func TestSecretIsNeverShown(t *testing.T) {
	const text = "open sesame"
	secret := NewSecret(text)
	holder := struct {
		Password Secret
		Headers  map[string]Secret
		Pointer  *Secret
	}{secret, map[string]Secret{"Authorization": secret}, &secret}

	hidden := struct{ password Secret }{secret}
	shown := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T %v", "%10.3v"} {
		shown["secret "+verb] = fmt.Sprintf(verb, secret)
		shown["hidden "+verb] = fmt.Sprintf(verb, hidden)
		shown["pointer "+verb] = fmt.Sprintf(verb, &secret)
		shown["holder "+verb] = fmt.Sprintf(verb, holder)
	}
	marshalled := func(name string, marshal func(any) ([]byte, error), v any) {
		data, err := marshal(v)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		shown[name] = string(data)
	}
	marshalled("json", json.Marshal, holder)
	marshalled("json key", json.Marshal, map[Secret]int{secret: 1})
	marshalled("xml", xml.Marshal, secret)
	marshalled("yaml", yaml.Marshal, holder)
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("text", "secret", secret, "holder", holder, "hidden", hidden)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("json", "secret", secret, "holder", holder)
	shown["slog"] = log.String()
	shown["string"] = secret.String()

	hexed := fmt.Sprintf("%x", text)
	for how, got := range shown {
		if strings.Contains(got, text) || strings.Contains(strings.ToLower(got), hexed) || strings.Contains(got, "sesame") {
			t.Errorf("%s shows the secret: %s", how, got)
		}
	}
	if got := secret.Reveal(); got != text {
		t.Errorf("Reveal() = %q, want %q", got, text)
	}
	if got := fmt.Sprint(Secret{}); got != "" {
		t.Errorf("an empty secret prints %q, want nothing", got)
	}
}
