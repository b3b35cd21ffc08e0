# Visitwell's commands. Needs make and Python 3.11 or newer; the rest is installed into .venv.

PYTHON ?= python3
BIN := .venv/bin
SHELL := /bin/sh
COMPILE = .local/lock/bin/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --custom-compile-command "make lock" $(UPGRADE)
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test test-all lint format words styles bench lock clean install

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  make demo RESET=1 starts over; PORT=8010 SANDBOX_PORT=8011 move its two addresses."
	@echo "  make test ARGS='tests/scheduling -k slot' runs some of the tests."

demo: install ## run everything on this machine, at http://localhost:8000
	@$(BIN)/python -m local.demo

test: install ## run the checks and the quick suite: what a change usually breaks
	@$(BIN)/python -m local.checks quick $(ARGS)

test-all: install ## run the checks and the complete suite, as continuous integration does
	@$(BIN)/python -m local.checks complete $(ARGS)

lint: install ## run the checks that need no database
	@$(BIN)/python -m local.checks static

format: install ## put the code and the templates into their standard form
	@$(BIN)/ruff check --fix --quiet || true
	@$(BIN)/ruff format
	@$(BIN)/djangofmt templates

words: install ## collect the sentences to be translated, and compile what is
	@$(BIN)/python -m local.catalog

styles: install ## write the style sheet of the calendar's rows
	@$(BIN)/python -m local.calendar_rows

bench: install ## measure ours against the floors; SCALE=10, FORMAT=json, ONLY=booking
	@$(BIN)/python -m benchmarks

lock: ## compile the requirements again from pyproject.toml
	@$(PYTHON) -m venv .local/lock && .local/lock/bin/pip install --quiet uv
	@$(COMPILE) --output-file requirements.txt pyproject.toml
	@$(COMPILE) --extra local --extra test --constraint requirements.txt \
		--output-file requirements-dev.txt pyproject.toml

clean: ## remove what these commands made, data included
	@if [ -x $(BIN)/python ]; then for root in .local/*/; do \
		[ ! -e "$$root/lock" ] || $(BIN)/python -m local.embedded erase --root "$$root" || exit 1; \
	done; fi
	@rm -rf .venv .local staticfiles .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache .grimp_cache
	@find . -name __pycache__ -prune -exec rm -rf {} +

install:
	@command -v $(PYTHON) >/dev/null 2>&1 || \
		{ echo "There is no $(PYTHON) here; install Python 3.11 or newer, or name one with make PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is older than 3.11; name a newer one with make PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -I local/install.py
