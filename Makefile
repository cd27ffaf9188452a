# Everything a person or CI does with this checkout. `make` alone lists it.
# Offline after the first install: .ci/setup skips whatever its locks say is in place.

VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8420
PYTEST := $(BIN)/python -m pytest
CI_KILLS ?= 20
CI_FAULTS ?= 30
SOAK_KILLS ?= 200
SOAK_FAULTS ?= 500
SOAK_RUNS ?= 200000

.DEFAULT_GOAL := help
.PHONY: help setup dev-setup emulator run dev check test golden catalogue node conformance bench soak synth live clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: ## create .venv and install Weft into it (leaves .venv/bin/weft)
	@.ci/setup embedded

dev-setup: ## the same, with the tools that check and test use
	@.ci/setup dev

emulator: dev-setup ## install MiniStack beside .venv: tests of the store then run on its DynamoDB too
	$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python .ministack
	$(BIN)/uv pip install --quiet --python .ministack/bin/python --require-hashes -r requirements/ministack.lock

run: setup ## install if needed, then start API and engine on 127.0.0.1:8420 (PORT=…)
	@exec $(BIN)/weft dev --port $(PORT)

dev: run ## the same as run

check: dev-setup ## lint, types, import contracts, architecture tests, drift of generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) tests/architecture -q

test: dev-setup ## every test, on this machine alone
	$(PYTEST) -n 2 --dist loadfile -m "not soak" -q
	$(BIN)/python -m tests.e2e.crash_drill $(CI_KILLS)
	$(BIN)/python -m tests.e2e.chaos_drill $(CI_FAULTS)

golden: dev-setup ## rewrite the golden files; review the diff
	$(PYTEST) tests/golden -q --rewrite-golden

catalogue: dev-setup ## regenerate the node catalogue and docs/errors.md
	$(BIN)/python .ci/generate.py

node: dev-setup ## scaffold a node type: make node name=net.foo
	@test -n "$(name)" || { echo "make node: say which one, as in: make node name=net.foo" >&2; exit 2; }
	@$(BIN)/python .ci/new_node.py "$(name)"

conformance: dev-setup ## score against the ASL rows and the JSONata suite, where they are at hand
	@$(BIN)/python -m tests.conformance.scores

bench: dev-setup ## latency, CPU, throughput, memory and cold start of the usual workloads, and compile time
	$(BIN)/python -m tests.bench.bench
	$(BIN)/python -m tests.bench.compile_time

soak: dev-setup ## the long campaigns: 200 kills, 500 faults, 200,000 runs compared, and the tests marked soak
	$(BIN)/python -m tests.e2e.crash_drill $(SOAK_KILLS)
	$(BIN)/python -m tests.e2e.chaos_drill $(SOAK_FAULTS)
	$(BIN)/python -m tests.property.campaign $(SOAK_RUNS)
	$(PYTEST) -m soak -q; status=$$?; test $$status -eq 0 -o $$status -eq 5

synth: dev-setup ## write the CDK app's templates for 1 and for 50 tenants, with packages for Lambda
	$(BIN)/python -m tests.infra.synth 1 50

live: ## play the golden runs on AWS
	@echo "make live: needs an AWS account (credentials in the environment, a region, states:* on a" >&2
	@echo "sandbox) and the AWS adapters, which this release does not have. Nothing was run." >&2
	@exit 1

clean: ## remove what the tools wrote; keeps your data (WEFT_HOME) and the lock files
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist cdk.out
	find . -name __pycache__ -type d -not -path './web/*' -prune -exec rm -rf {} +
