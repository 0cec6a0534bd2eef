# The one command runner: people, `.ci/run` and the GitHub workflow call these targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3.11
BIN := .venv/bin
READY := .venv/.ready
# Real data for tests and benchmarks; tests that need it are skipped with a reason where the folder is absent.
MARQUEE_DATASETS ?= $(wildcard ../shared/datasets)
export MARQUEE_DATASETS
# dgl writes a file into the home directory where this is not set.
export DGLBACKEND := pytorch
# Python keeps what it has compiled, whatever the shell says: tests start hundreds of processes.
export PYTHONDONTWRITEBYTECODE :=
# More at once than two cores, for tests wait for servers; files keep their order, since the long ones come first.
SPREAD := -n 3 --dist loadscope --no-loadscope-reorder

.PHONY: help setup demo test test-faults test-fast coverage lint audit format bench bench-serving bench-quality screenshots lock clean

help: ## print this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## make the environment .venv, with the `marquee` command in it

$(READY): requirements/dev.txt requirements/uv.txt pyproject.toml
	@if ! [ -x $(BIN)/python ]; then \
	  if command -v $(PYTHON) >/dev/null; then \
	    $(PYTHON) -m venv .venv || { rm -rf .venv; echo "$(PYTHON) can't make an environment: install its venv module (Debian: python3.11-venv)." >&2; exit 1; }; \
	  else \
	    echo "There is no $(PYTHON), which dgl needs (it has no wheel for a later one): asking uv for one."; \
	    { uv=$$(command -v uv) || { python3 -m venv .cache/uv && uv=.cache/uv/bin/uv && \
	      .cache/uv/bin/python -m pip -q install --disable-pip-version-check --require-hashes -r requirements/uv.txt; }; } && \
	    $$uv venv -q --seed --python 3.11 .venv || { rm -rf .venv; echo "Install Python 3.11, or uv, and try again." >&2; exit 1; }; \
	  fi; fi
	@command -v uv >/dev/null || [ -x $(BIN)/uv ] || $(BIN)/python -m pip -q install --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@uv=$$(command -v $(CURDIR)/$(BIN)/uv || command -v uv); \
	echo "Installing the environment into .venv"; \
	$$uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/dev.txt; \
	$$uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## the whole of Marquee on this machine: data, training, recommendations (DATA=ml-100k, GRAPH=neo4j, DEMO_EXIT=1)
	@$(BIN)/marquee demo

test: setup ## all tests; starts the servers they need (MARQUEE_REQUIRE=neo4j,redis: fail rather than skip)
	@$(BIN)/pytest $(SPREAD) --durations=15

coverage: setup ## all tests, and which lines they do not run
	@$(BIN)/pytest $(SPREAD) --cov --cov-report=term

test-faults: setup ## kill, stop and starve every part: the long form (MARQUEE_FAULTS=200 kills on each graph)
	@MARQUEE_FAULTS=$${MARQUEE_FAULTS:-200} $(BIN)/pytest tests/faults --durations=0 --durations-min=5

test-fast: setup ## the tests that take no server and no second
	@$(BIN)/pytest -q -m "not slow"

lint: setup ## ruff, mypy strict, import contracts, the page's code, and known holes of what is installed
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@PYTHONPATH=. $(BIN)/lint-imports
	@$(MAKE) lint-page
	@$(MAKE) audit

audit: setup ## ask for known holes of the locked packages; passed over where the audit's data can't be reached
	@$(BIN)/python .ci/audit.py requirements/*.txt

lint-page:
	@if ! command -v npm >/dev/null; then echo "There is no npm: the page's JavaScript and CSS are not checked."; \
	elif [ -d node_modules ] || npm install --no-package-lock --no-audit --no-fund --silent; then npm run --silent lint; \
	else echo "The registry does not answer: the page's JavaScript and CSS are not checked."; fi

format: setup ## format, and mend what can be mended by itself
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@if [ -d node_modules ]; then npm run --silent format; fi

bench: setup ## measure everything, for about two hours, and write docs/benchmarks.md (WHAT="ingest sqlite" for a part)
	@$(BIN)/python -m benchmarks $(WHAT)

bench-serving: setup ## measure how fast the recommender answers and takes events, and whether that lasts (needs wrk)
	@$(BIN)/python -m benchmarks serving events endurance

bench-quality: setup ## measure how good the models are on the data of MARQUEE_DATASETS, for an hour or so
	@$(BIN)/python -m benchmarks quality fold-in cold stars

screenshots: setup ## take the pictures of the page anew (needs Chromium)
	@PYTHONPATH=. $(BIN)/python -m tests.page.screenshots

lock: setup ## resolve the pinned, hashed requirements anew
	@uv=$$(command -v $(CURDIR)/$(BIN)/uv || command -v uv); \
	options="-q --upgrade --generate-hashes --no-emit-index-url --no-header --python-version 3.11"; \
	for extra in ingest trainer recommender dev; do \
	  $$uv pip compile $$options --extra $$extra pyproject.toml -o requirements/$$extra.txt; done; \
	for tool in uv hatchling; do echo $$tool | $$uv pip compile $$options - -o requirements/$$tool.txt; done

clean: ## remove what the other targets made: the environment, caches, data
	@rm -rf .venv .cache node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage htmlcov dist data
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
