# The two commands of the README are `make demo` and `make test`; each sets up what it needs.

VENV := .venv
PYTHON ?= python3
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CHECKOV := .venv-checkov
CHECKOV_STAMP := $(CHECKOV)/.installed
export ECSGEN_PLUGIN_DIR ?= $(shell $(PYTHON) tools/provider_mirror.py)
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help setup checkov demo test check engine docs examples bench wheel clean

help:
	@echo "make demo    run the main job end to end in the sandbox"
	@echo "make test    run every test that this machine can run"
	@echo "make check   formatting, lints, types, import rules, generated files"
	@echo "make checkov install checkov, which some tests of security use, into an environment of its own"
	@echo "make engine  install and start a Docker Engine (Debian, as root)"
	@echo "make docs    build the manual"
	@echo "make bench   print the table of benchmarks"

setup: $(STAMP)

$(STAMP): pyproject.toml requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# Its many dependencies would not get on with those of this project.
checkov: $(CHECKOV_STAMP)

$(CHECKOV_STAMP): requirements-checkov.txt
	$(PYTHON) -m venv $(CHECKOV)
	$(CHECKOV)/bin/python -m pip install --quiet --upgrade pip
	$(CHECKOV)/bin/python -m pip install --quiet --require-hashes -r requirements-checkov.txt
	@touch $@

demo: setup
	@$(BIN)/python tools/demo.py

test: setup
	$(BIN)/python -m pytest -n 3 --dist loadgroup $(PYTEST_ARGS)

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/module_docs.py --check
	$(BIN)/python tools/reference_docs.py --check
	$(BIN)/python tools/examples.py --check

examples: setup
	$(BIN)/python tools/examples.py

engine:
	@sh tools/engine.sh

docs: setup
	$(BIN)/python tools/reference_docs.py
	$(BIN)/mkdocs build --strict --quiet

bench: setup
	$(BIN)/python -m benchmarks

wheel: setup
	$(BIN)/python -m build --no-isolation --wheel --outdir dist .

clean:
	rm -rf dist build site .mypy_cache .ruff_cache .pytest_cache .hypothesis
