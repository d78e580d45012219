# Everything a person does with Accord. `make` alone lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run demo demo-llm test test-long check bench reset install install-dev lock messages openapi screenshots

export ACCORD_DATA ?= $(CURDIR)/.accord
export ACCORD_PORT ?= 8000
PYTHON := .venv/bin/python
MANAGE := $(PYTHON) manage.py
# How many test processes; `auto` is one per core.
WORKERS ?= auto
# What to test or measure: make test TESTS=accounts, make bench ID=messages-get
# make demo-llm PROVIDER=anthropic
TESTS ?=
ID ?=
PROVIDER ?=

help: ## This list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{ printf "  make %-12s %s\n", $$1, $$2 }'

run: install ## Start everything; ACCORD_PORT (8000) and ACCORD_DATA (.accord/) let two stand side by side
	@exec $(MANAGE) launch

demo: install ## Play the demo cases against the running server (or one started for them)
	@scripts/demo

demo-llm: install ## Play a case with a small real model on this machine, through both providers
	@scripts/install llm
	@scripts/demo-llm $(PROVIDER)

test: install-dev ## Run every test, in parallel, on servers of its own
	@scripts/chromium
	@ACCORD_TEST_LONG=0.1 $(PYTHON) -m pytest -n $(WORKERS) $(TESTS)

test-long: install-dev ## Run the soaks at full length
	@scripts/chromium
	@ACCORD_TEST_LONG=1 $(PYTHON) -m pytest -m long -n $(WORKERS) $(TESTS)

check: install-dev ## The fast lint part of CI
	@scripts/check

bench: install-dev ## Measure, into bench/results.json; ID=… runs one
	@$(PYTHON) -m bench $(ID)

reset: ## Stop what runs from the data folder and forget it
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m kernel.servers.reset; else echo "Nothing is installed, so nothing runs."; fi

screenshots: install-dev ## Write docs/screenshots/ anew, by the browser tests
	@ACCORD_TEST_BROWSER=required scripts/chromium
	@ACCORD_TEST_BROWSER=required ACCORD_TEST_SCREENSHOTS=1 $(PYTHON) -m pytest -m browser $(TESTS)

messages: install-dev ## Bring locale/ up to date with the sources and compile it (needs GNU gettext)
	@scripts/messages

openapi: install-dev ## Write openapi.yaml anew
	@$(MANAGE) spectacular --validate --fail-on-warn --file openapi.yaml

install: ## The virtual environment, from the hashed lock
	@scripts/install base

install-dev:
	@scripts/install dev

lock: ## Resolve requirements/*.txt anew from pyproject.toml (needs uv)
	@scripts/lock
