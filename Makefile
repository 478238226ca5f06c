# Every target does its own set-up: a virtual environment in the checkout, made once, renewed when pyproject.toml changes.

PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
export PATH := $(BIN):$(PATH)
export NO_MKDOCS_2_WARNING := 1
STUDY ?= quick

.DEFAULT_GOAL := help
.PHONY: help setup demo study redraw test docs lint bench

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
	@echo "test: lint, types, then pytest"
	@ruff check .
	@mypy
	@python -m pytest

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
	@mypy
	@if command -v npx >/dev/null; then npx --yes @biomejs/biome@2 check --write; \
	else echo "lint: no npx, so the report's scripts are not linted; the tests check their form"; fi
