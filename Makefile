# Every target does its own set-up: a virtual environment in the checkout, made once, renewed when pyproject.toml changes.

PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
export PATH := $(BIN):$(PATH)
export NO_MKDOCS_2_WARNING := 1
STUDY ?= quick
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
TESTS := python -m pytest --numprocesses logical --maxprocesses 8 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help setup demo study redraw test check browser docs lint bench

help:  ## what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST)

setup: $(VENV)/.done  ## a virtual environment in .venv with everything that is needed

$(VENV)/.done: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one: make PYTHON=python3.12")'
	@echo "set-up: a virtual environment in $(VENV); the first install fetches PyTorch, several GB and minutes"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: setup  ## the whole pipeline on an embedded data set, minutes on a laptop
	@python studies/run.py digits

study: setup  ## another study through the whole pipeline: make study STUDY=quick
	@python studies/run.py $(STUDY)

redraw: setup  ## claims, figures and report of published tables: make redraw STUDY=quick
	@python -m studies.publish $(STUDY)

test: setup  ## lint, types and tests; one of them builds the documentation
	@echo "test: lint, types, then pytest on every core"
	@ruff check .
	@ruff format --check .
	@mypy
	@$(TESTS)

check: setup  ## lint, types and the tests that train nothing: a minute
	@ruff check .
	@mypy
	@$(TESTS) --quiet -m 'not slow and not pipeline and not browser'

browser: setup  ## Chromium for the tests of the report: Debian's package, else Playwright's own download
	@if [ -n "$$(command -v chromium; command -v chromium-browser; command -v google-chrome)" ]; then \
		echo "browser: one is installed already"; \
	elif command -v apt-get >/dev/null && $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq chromium; then \
		echo "browser: Debian's Chromium is installed"; \
	else \
		echo "browser: Playwright downloads its own Chromium"; playwright install chromium; \
	fi

docs: setup  ## the documentation, into site/
	@mkdocs build --strict --quiet
	@echo "docs: open site/index.html"

bench: setup  ## side-by-side timings, written to benchmarks/results
	@test -x .venv-peers/bin/python || $(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/peers.txt
	@python -m benchmarks.train
	@python -m benchmarks.sweep
	@python -m benchmarks.classes

lint: setup  ## lint and format in place; the report's scripts where npx is there
	@ruff check --fix .
	@ruff format .
	@mypy
	@if command -v npx >/dev/null; then npx --yes @biomejs/biome@2 check --write; \
	else echo "lint: no npx, so the report's scripts are not linted; the tests check their form"; fi
