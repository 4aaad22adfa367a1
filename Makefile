# `make demo` and `make test` do all the set-up; they need only Python and git. A second call installs nothing.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
CODE := $(wildcard streamsnn tests services benchmarks)
BENCHMARKS ?= benchmarks/speed.py benchmarks/accuracy_single.py benchmarks/encoders.py benchmarks/ladder_cost.py \
	benchmarks/ladder_options.py benchmarks/service.py

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint format soak bench clean

help:  ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS="$$(printf '\t')" read -r name text; \
	do printf '  make %-8s %s\n' "$$name" "$$text"; done

demo: $(VENV)/.demo-installed  ## make .venv, install, and learn a real stream before your eyes
	$(BIN)/streamsnn demo

test: $(VENV)/.test-installed lint  ## make .venv, install, and run every check and test
	$(BIN)/python -m pytest

lint: $(VENV)/.test-installed  ## ruff, mypy and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.test-installed  ## let ruff repair style and layout
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

soak: $(VENV)/.test-installed  ## long runs, an hour or two: a million events of each kind, 200 kills on a real broker
	$(BIN)/python benchmarks/soak.py
	$(BIN)/python tests/kafka/soak_run.py
	$(BIN)/python tests/kafka/kill_run.py --kills 200

bench: $(VENV)/.bench-installed  ## print and store the tables of benchmarks/
	@for table in $(BENCHMARKS); do echo "== $$table"; $(BIN)/python "$$table" || exit 1; done

clean:  ## remove the environment and everything that was made
	rm -rf $(VENV) build dist streamsnn-demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "streamsnn needs Python 3.11 or newer; try: make PYTHON=python3.11 $(MAKECMDGOALS)")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.demo-installed: $(VENV)/.made pyproject.toml constraints.txt
	@echo "installing streamsnn into $(VENV) (a minute or two, once)"
	$(PIP) -e '.[plot,pandas,kafka]'
	@touch $@

$(VENV)/.test-installed: $(VENV)/.made pyproject.toml constraints.txt
	@echo "installing streamsnn and its tools into $(VENV) (some minutes, once)"
	$(PIP) -e '.[test,torch,plot]'
	@touch $@

$(VENV)/.bench-installed: $(VENV)/.made pyproject.toml constraints.txt
	@echo "installing streamsnn and what it is compared with into $(VENV) (some minutes, once)"
	$(PIP) -e '.[bench]'
	@touch $@
