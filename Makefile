# `make help` lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
BUILD := CGO_ENABLED=0 go build -buildvcs=false -ldflags '-X headroom/internal/version.stamped=$(VERSION)'
FUZZTIME ?= 20s
PROVETIME ?= 10m
KILLS ?= 200
SEED ?= 1

.PHONY: build
build: ## Build bin/headroom.
	$(BUILD) -o bin/headroom ./cmd/headroom

.PHONY: run
run: ## Serve the examples with the embedded engine and say where to look.
	@tools/run.sh

.PHONY: demo
demo: build ## Tell the story of an error budget in two minutes, unattended.
	@CGO_ENABLED=0 go build -o bin/shop ./examples/shop
	@CGO_ENABLED=0 go build -o bin/demo ./examples/demo
	@bin/demo

.PHONY: test
test: ## Run every test; installs the Debian packages they need when root.
	@tools/test.sh

.PHONY: lint
lint: bin/golangci-lint ## Run the linters.
	bin/golangci-lint run ./...

.PHONY: format
format: bin/gofumpt ## Format the Go code.
	bin/gofumpt -w $(GOFILES)

.PHONY: format-check
format-check: bin/gofumpt ## List the Go files that `make format` would change, and fail if there are any.
	@unformatted="$$(bin/gofumpt -l $(GOFILES))"; \
	if [ -n "$$unformatted" ]; then echo "run 'make format' for:"; echo "$$unformatted"; exit 1; fi

.PHONY: generate
generate: ## Regenerate the files that are made from code.
	go generate ./...

.PHONY: bench
bench: ## Run the benchmarks whose figures stand in docs/benchmarks.md.
	go run ./internal/bench

.PHONY: check-objects
check-objects: build bin/kubernetes ## Check generated Kubernetes objects against the types of their operators.
	@set -o pipefail; for format in prometheusrule configmap; do \
		bin/headroom generate examples/specs --format $$format --target prometheus-3 --query-offset 1m | bin/kubernetes || exit 1; \
	done

.PHONY: check-rules
check-rules: build bin/promtool ## Check generated rules with promtool of Prometheus 3.
	@set -o pipefail; for target in prometheus-2.42 prometheus-3 prometheus-3.16; do \
		echo "$$target:"; bin/headroom generate examples/specs examples/production --target $$target | \
		bin/promtool --enable-feature=promql-extended-range-selectors check rules --lint=all --lint-fatal || exit 1; \
	done

.PHONY: fuzz
fuzz: ## Run every fuzz test for FUZZTIME each (default 20s).
	@FUZZTIME=$(FUZZTIME) tools/fuzz.sh

.PHONY: prove
prove: ## Compare rules and ledger with plain counting over invented lives for PROVETIME (default 10m).
	@PROVETIME=$(PROVETIME) go test -count=1 -timeout 0 -v -run TestRulesAreProven ./internal/prove

.PHONY: torture
torture: ## Kill the service KILLS times (default 200) under load, and look for what is lost.
	HEADROOM_TEST_KILLS=$(KILLS) HEADROOM_TEST_SEED=$(SEED) go test -count=1 -timeout 0 -v -run TestKilledUnderLoad ./internal/e2e

.PHONY: help
help: ## Show this list.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F '|' '{ printf "  %-13s %s\n", $$1, $$2 }'

GOFILES = $$(git ls-files --cached --others --exclude-standard -- '*.go')

bin/golangci-lint: tools/go.mod tools/go.sum
	cd tools && go build -buildvcs=false -o ../bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint

bin/gofumpt: tools/go.mod tools/go.sum
	cd tools && go build -buildvcs=false -o ../bin/gofumpt mvdan.cc/gofumpt

# Without service discovery, of which it would have that of every cloud.
bin/promtool: tools/promtool/go.mod tools/promtool/go.sum
	cd tools/promtool && go build -buildvcs=false -tags remove_all_sd -o ../../bin/promtool github.com/prometheus/prometheus/cmd/promtool

bin/kubernetes: tools/kubernetes/go.mod tools/kubernetes/go.sum tools/kubernetes/main.go
	cd tools/kubernetes && go build -buildvcs=false -o ../../bin/kubernetes .
