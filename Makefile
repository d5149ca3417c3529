# Cuepoint. `make run` and `make test` each set up what they need first.

PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
# Browser journeys share the processor with what they time; two workers are what two cores bear.
WORKERS ?= 2
# A module's tests share what they set up, so they go to one worker; browser journeys come early.
# (loadgroup would say it better, but pytest-xdist 3.8 ignores groups under pytest 9.2.)
SHARED := --dist loadscope --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help setup run demo rebuild backup restore test lint check soak live bench bench-short lock format clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv with exactly the locked packages

run: $(READY) ## Serve Cuepoint on http://127.0.0.1:8501 (PORT=... chooses another port)
	@exec $(BIN)/python -m core run

demo: $(READY) ## Fill the library with clips that Cuepoint draws itself
	@exec $(BIN)/python -m core demo

rebuild: $(READY) ## Rebuild the search index from the archive; embeds nothing
	@exec $(BIN)/python -m core rebuild

backup: $(READY) ## Back up catalog, archive and media, also while it runs (TO=folder)
	@test -n "$(TO)" || { echo "Say where to: make backup TO=/folder" >&2; exit 2; }
	@exec $(BIN)/python -m core backup "$(TO)"

restore: $(READY) ## Put a backup into an empty data folder (FROM=folder)
	@test -n "$(FROM)" || { echo "Say where from: make restore FROM=/folder" >&2; exit 2; }
	@exec $(BIN)/python -m core restore "$(FROM)"

test: $(READY_DEV) ## Run every test but the soak trials
	$(BIN)/python -m pytest -n $(WORKERS) $(SHARED) -m "not soak and not live"

lint: $(READY_DEV) ## Lint, format, types and the import rule
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint ## Lint and the fast tests
	$(BIN)/python -m pytest -n $(WORKERS) $(SHARED) -m "not slow and not browser and not soak and not live"

soak: $(READY_DEV) ## Run the long trials in full and print their figures
	$(BIN)/python -m pytest -m soak -s
	$(BIN)/python -m benchmarks.soak

live: $(READY_DEV) ## Run the engine's tests against the real Twelve Labs (TWELVE_LABS_API_KEY; costs money)
	$(BIN)/python -m pytest -m live -rs

bench: $(READY_DEV) ## Measure speed and memory beside plain libraries, an hour (SHORT=1: two minutes)
	$(BIN)/python -m benchmarks $(if $(SHORT),--short)

bench-short: $(READY_DEV) ## The same at small sizes, in two minutes on two cores
	$(BIN)/python -m benchmarks --short

lock: $(READY_DEV) ## Renew requirements.lock and requirements-dev.lock from pyproject.toml
	@.ci/lock $(BIN)

format: $(READY_DEV) ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## Remove the environment and all caches (never the data)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The marks are written last: an environment that was interrupted half-way is made anew.
$(READY): requirements.lock .ci/setup
	@PYTHON="$(PYTHON)" .ci/setup $(VENV) requirements.lock $(READY)

$(READY_DEV): requirements-dev.lock $(READY)
	@PYTHON="$(PYTHON)" .ci/setup $(VENV) requirements-dev.lock $(READY_DEV)
