# Everything installs itself into .venv; `make` alone lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test lint style types layers check bench docs notebooks clean
.NOTPARALLEL:

# Any Python from 3.11 on; constraints.txt was made with 3.11, so that one is tried first.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
BIN := .venv/bin
# Benchmarks: each file of bench/ that does not begin with an underscore is one.
BENCHES := $(patsubst bench/%.py,%,$(filter-out bench/_%,$(wildcard bench/*.py)))
COMMA := ,
# Jupyter refuses to run as root unless it is told that this is meant, as in a container.
ROOT := $(shell [ "$$(id -u)" = 0 ] && echo --allow-root)
PAGES := $(wildcard README.md) $(wildcard docs)

# Data sets that lie beside the checkout are used; otherwise they are downloaded once.
ifneq ($(wildcard ../shared/datasets),)
export WATTLAB_DATA ?= $(abspath ../shared/datasets)
endif

help: ## list the targets
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'
	@for name in $(BENCHES); do printf '%-18s %s\n' "make bench-$${name//_/-}" "bench/$$name.py alone"; done

run: .venv/.core ## install what a user needs, then train on digits
	@$(BIN)/wattlab train digits

test: .venv/.dev ## run the tests
	@$(BIN)/pytest --numprocesses 2 --dist loadfile

lint: style types layers docs ## check style, types and layers; run the examples in docstrings and pages

style: .venv/.dev
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types: .venv/.dev
	@$(BIN)/mypy

layers: .venv/.dev
	@$(BIN)/lint-imports --no-logo

check: lint test ## lint, then test: what must pass before a commit

docs: .venv/.dev ## run every example in the docstrings, the README and docs/
	@$(BIN)/pytest --quiet --doctest-modules --doctest-glob='*.md' src $(PAGES)

bench: .venv/.dev ## run all benchmarks, one at a time
	@for name in $(BENCHES); do echo "== bench/$$name.py"; $(BIN)/python "bench/$$name.py"; done

bench-%: .venv/.dev
	@$(BIN)/python bench/$(subst -,_,$*).py

notebooks: .venv/.notebooks ## open the course of examples/ in Jupyter, with this environment as its kernel
	@cd examples && ../$(BIN)/jupyter lab $(ROOT)

clean: ## remove everything that was made here, .venv included; runs are kept
	@rm -rf .venv build dist htmlcov .coverage .coverage.* .hypothesis .import_linter_cache \
		.mypy_cache .numba_cache .pytest_cache .ruff_cache
	@find src tests bench docs examples -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# pip speaks only when it fails.
define install
	@echo "installing wattlab$(1) into .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input \
		-c constraints.txt -e '.$(1)' >.venv/install.log 2>&1 || { cat .venv/install.log >&2; exit 1; }
	@touch $@
endef

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "wattlab needs Python 3.11 or newer; set PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "$(PYTHON) cannot make a virtual environment (Debian: apt-get install python3-venv)" >&2; exit 1; }

.venv/.core: pyproject.toml constraints.txt | .venv/bin/python
	$(call install,)

# One of the notebooks computes in half formats, which takes torch.
.venv/.notebooks: pyproject.toml constraints.txt | .venv/bin/python
	$(call install,[notebooks$(COMMA)torch])
	@touch .venv/.core

.venv/.dev: pyproject.toml constraints.txt | .venv/bin/python
	$(call install,[dev])
	@touch .venv/.core
