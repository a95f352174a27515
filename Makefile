# Every command of the project. `make` alone lists them. Needs Python 3.11 or newer; the rest it gets itself.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
FM := $(BIN)/financemaster
PYTEST := $(BIN)/python -m pytest
UV ?= uv
# Compiled files are kept: without them, every process of a run would compile all of it again.
unexport PYTHONDONTWRITEBYTECODE
# Two test processes: one for each core of a small machine.
N ?= 2
# One more where tests wait for processes that start, die and take over.
WAITING ?= $(shell echo $$(( $(N) + 1 )))
# What to test or to bench: make test T=tests/unit/core
T ?=

.PHONY: help
help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup lock
setup: ## make .venv from the lock file (instant when nothing changed)
	@$(call python) checks/install.py

lock: ## pin all dependencies anew (needs uv: `python -m pip install uv`)
	@command -v $(UV) >/dev/null || { echo "uv is not here: python -m pip install uv, or make lock UV=path/to/uv"; exit 1; }
	@$(UV) pip compile pyproject.toml --universal --group dev --generate-hashes \
	  --no-annotate --no-header --quiet --output-file requirements.lock
	@$(UV) pip compile pyproject.toml --universal --group build --generate-hashes \
	  --no-annotate --no-header --quiet --constraint requirements.lock --output-file requirements-production.lock
	@! grep -nE '(https?|file)://' requirements.lock requirements-production.lock

.PHONY: run chat demo migrate
run: .ready ## serve the web chat, the console and the API on http://127.0.0.1:8000
	@$(FM) serve

chat: .ready ## talk to it in this terminal; no key needed
	@$(FM) chat

demo: .ready ## load the demo household
	@$(FM) demo

migrate: .ready ## bring the database to the newest version
	@$(FM) migrate

.PHONY: test test-all coverage
test: .ready ## the fast tests, PostgreSQL and Redis included; T=path narrows
ifeq ($(T),)
	@FM_TEST_PROFILE=fast $(PYTEST) -q -n $(N) --dist worksteal -m "not slow and not browser and not chaos and not bench"
else
	@$(PYTEST) -q $(T)
endif

test-all: .ready ## all tests, slow ones and the browser's included
	@$(PYTEST) -q -n $(WAITING) --dist loadfile --no-loadscope-reorder -m "not bench" $(T)

coverage: .ready ## the fast tests again, with the lines they miss
	@mkdir -p var/coverage
	@$(PYTEST) -q -n $(N) --dist loadfile -m "not slow and not browser and not chaos and not bench" \
	  --cov --cov-report=term --cov-report=html:var/coverage/html

.PHONY: lint types fmt check slow
lint: .ready ## formatting, ruff, import contracts, limits, words
	@$(BIN)/ruff format --check --quiet || { echo "formatting: run make fmt"; exit 1; }
	@$(BIN)/ruff check --quiet
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m checks.limits
	@$(BIN)/python -m checks.words

types: .ready ## mypy, strict
	@$(BIN)/mypy

fmt: .ready ## put the code into the one format
	@$(BIN)/ruff check --fix --quiet --exit-zero
	@$(BIN)/ruff format

check: lint types slow ## lint, types and the tests that `make test` leaves out; CI runs test, then this

slow: .ready
	@$(PYTEST) -q -n $(WAITING) --dist loadfile --no-loadscope-reorder -m "(slow or browser or chaos) and not bench"
	@$(PYTEST) -q -n $(N) --dist worksteal -m "not slow and not bench" tests/properties

.PHONY: bench bench-peers eval eval-live chaos fuzz docs
bench: .ready ## measure: speed, accuracy, memory, each beside a baseline of the same run; T="ingest --minutes 5"
	@$(BIN)/python -m checks.bench $(T)

bench-peers: .ready ## the same ten years in hledger, ledger and beancount, where they are installed
	@$(BIN)/python -m checks.bench peers

eval: .ready ## play all dialogues, held-out messages and attacks on a model; print each figure beside its bar
	@$(BIN)/python -m intents.evaluate
	@$(BIN)/python -m core.learning.evaluate
	@$(PYTEST) -q -n $(N) --dist loadfile tests/dialogue tests/safety tests/integration/test_model_loop.py \
	  tests/properties/test_grounding_properties.py tests/unit/core/test_subscriptions_quality.py $(T)
	@$(BIN)/python -m checks.live --replay

eval-live: .ready ## try the language model of the settings on sixty tasks, four times; T="--runs 1 --record", T=--scripted
	@$(BIN)/python -m checks.live $(T)

chaos: .ready ## kill at every step and at any moment, and look for harm; T="soak --minutes 30", T="sends --seeds 5"
	@$(BIN)/python -m checks.chaos $(T)

# Seconds for each reader of statements.
SECONDS_EACH ?= 60
fuzz: .ready ## feed every statement reader with damaged files for a minute each; SECONDS_EACH=n
	@FM_TEST_FUZZ_SECONDS=$(SECONDS_EACH) $(PYTEST) -q tests/properties/test_statement_fuzz.py tests/properties/test_booked_fuzz.py --durations=0

docs: .ready ## draw the state diagrams anew and check the pages: links, commands, settings
	@$(BIN)/python -m checks.drawings
	@$(BIN)/python -m checks.example
	@$(PYTEST) -q tests/contracts/test_pages.py

.PHONY: .ready
.ready:
	@$(call python) checks/install.py --quiet

# The first Python that is new enough (or the one named by PYTHON=); a stub that does not start is passed over.
PYTHON ?= python3 python3.13 python3.12 python3.11
define python
for name in $(PYTHON); do \
  if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then found=$$name; break; fi; \
done; [ -n "$${found:-}" ] || { echo "FinanceMaster needs Python 3.11 or newer: set PYTHON=path/to/python"; exit 1; }; $$found
endef
