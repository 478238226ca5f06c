# Every target needs `setup`: a virtual environment in the checkout, made once and updated when pyproject.toml changes.

PYTHON ?= python3
VENV := .venv
BIN := $(abspath $(VENV))/bin
TORCH ?= default
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
CONSTRAINTS := $(if $(LOCKED),--constraint requirements-locked.txt)
INSTALL = $(PYTHON) tools/install.py --torch $(TORCH) --torch-index $(TORCH_INDEX)
export PATH := $(BIN):$(PATH)
export NO_MKDOCS_2_WARNING := 1
STUDY ?= quick
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
TESTS := python -m pytest --numprocesses logical --maxprocesses 8 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help setup demo study redraw test check browser docs lint bench peers oldest lock

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST)

setup: $(VENV)/.done  ## make the virtual environment .venv; TORCH=cpu: without GPU libraries, LOCKED=1: exact versions
	@$(if $(filter setup,$(MAKECMDGOALS)),echo "set-up: nothing is left to do; for another choice remove $(VENV) first",:)

$(VENV)/.done: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one: make PYTHON=python3.12")'
	@$(INSTALL) $(VENV) $(CONSTRAINTS) --editable '.[dev]'

demo: setup  ## run the whole pipeline on embedded data, minutes on a laptop
	@python studies/run.py digits

study: setup  ## run the pipeline of another study: make study STUDY=quick
	@python studies/run.py $(STUDY)

redraw: setup  ## draw a published study again from its tables: make redraw STUDY=quick
	@python -m studies.publish $(STUDY)

test: setup  ## check lint and types and run all tests
	@echo "test: lint, types, then pytest on every core"
	@ruff check .
	@ruff format --check .
	@mypy
	@$(TESTS)

check: setup  ## check lint and types and run the tests that take less than half a second each: a minute
	@ruff check .
	@mypy
	@$(TESTS) --quiet -m 'not slow and not pipeline and not browser'

browser: setup  ## install Chromium for the tests of the report
	@if [ -n "$$(command -v chromium; command -v chromium-browser; command -v google-chrome)" ]; then \
		echo "browser: one is installed already"; \
	elif command -v apt-get >/dev/null && $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq chromium; then \
		echo "browser: Debian's Chromium is installed"; \
	else \
		echo "browser: Playwright downloads its own Chromium"; playwright install chromium; \
	fi

docs: setup  ## build the documentation into site/
	@python -m tools.reference
	@mkdocs build --strict --quiet
	@echo "docs: open site/index.html"

peers: .venv-peers/.done  ## install the packages that the benchmarks compare with, into .venv-peers

.venv-peers/.done: benchmarks/peers.txt
	@$(INSTALL) .venv-peers --requirement benchmarks/peers.txt

bench: setup peers  ## time this project beside the peers and write benchmarks/results
	@python -m benchmarks.train
	@python -m benchmarks.sweep
	@python -m benchmarks.classes

lint: setup  ## lint and format in place; the report's scripts too if npx is installed
	@ruff check --fix .
	@ruff format .
	@mypy
	@if command -v npx >/dev/null; then npx --yes @biomejs/biome@2 check --write; \
	else echo "lint: no npx, so the report's scripts are not linted; the tests check their form"; fi

# pip found no set of versions in half an hour; uv finds one in seconds.
oldest:  ## run the quick tests with the oldest allowed versions, in .venv-oldest
	@mkdir -p .venv-oldest && $(PYTHON) tools/oldest.py > .venv-oldest/oldest.txt
	@$(PYTHON) -m venv .venv-oldest/uv && .venv-oldest/uv/bin/python -m pip install --quiet uv
	@.venv-oldest/uv/bin/uv pip compile --quiet --python $(PYTHON) $(if $(PIP_INDEX_URL),--default-index $(PIP_INDEX_URL)) \
		pyproject.toml --extra dev \
		--constraint .venv-oldest/oldest.txt --output-file .venv-oldest/constraints.txt >/dev/null
	@$(MAKE) --no-print-directory setup VENV=.venv-oldest CONSTRAINTS='--constraint .venv-oldest/constraints.txt'
	@PATH=$(CURDIR)/.venv-oldest/bin:$$PATH python -m pytest -m 'not slow and not pipeline and not browser' \
		-W ignore::DeprecationWarning  # old packages call newer ones by names that will go

lock: test  ## run all tests and write the installed versions to requirements-locked.txt
	@echo "# The versions of the last green run, under $$(python --version): make setup LOCKED=1. Written by make lock." \
		> requirements-locked.txt
	@python -m pip freeze --all --exclude pip --exclude-editable | sed 's/+.*//' >> requirements-locked.txt
	@echo "lock: $$(grep -c == requirements-locked.txt) versions are in requirements-locked.txt"
