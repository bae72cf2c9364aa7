# The commands of the project. Each one sets up what it needs, and says so.

LISTEN ?= 127.0.0.1:8080
DATA   ?= ./data

.DEFAULT_GOAL := help
.PHONY: help run test plants bench torture fmt codegen clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' Makefile

run: ## Build OctIM and start it with a demo shop (LISTEN=, DATA=)
	@scripts/run.sh "$(LISTEN)" "$(DATA)"

test: ## Run every check; ends with "N passed, N failed" (ONLY="format tidy" for some steps)
	@scripts/test.sh $(ONLY)

plants: ## Plant every known bug in a copy; its tests must turn red (ARGS="--only A08")
	@cargo xtask plant $(ARGS)

bench: ## Measure OctIM against the bare reference server (ARGS=)
	@scripts/bench.sh $(ARGS)

torture: ## Faults at length, WebSocket and HTTP conformance; at most an hour (SEED=, ARGS="autobahn" for some steps)
	@scripts/torture.sh $(ARGS)

fmt: ## Format the Rust sources
	@cargo fmt --all

codegen: ## Write openapi.json and web/client/src/schema.ts anew
	@cargo xtask codegen

clean: ## Remove what was built (not ./data)
	@rm -rf target node_modules web/*/node_modules e2e/node_modules web/*/dist
