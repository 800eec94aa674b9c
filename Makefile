# Everything runs through `make`; a machine needs Python >= 3.11 and make, nothing else (uv is used when it is there).
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp
CYCLE ?= params/check-ins-2026-fall.yml
SECTION ?=
GROUP ?=
TESTS ?=
export PYTHONDONTWRITEBYTECODE =
export OMP_NUM_THREADS = 1
export SECTION
export GROUP

.DEFAULT_GOAL := help
.PHONY: help setup run test test-all test-slow lint types fmt reference contracts bench torture docs

help: ## Say what each target does
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

setup: $(STAMP) ## Make .venv from the lock file (once; again when the lock file changes)

$(STAMP): requirements.lock pyproject.toml .ci/setup.sh
	@sh .ci/setup.sh $(VENV) && touch $(STAMP)

run: $(STAMP) ## Run the example PDSA cycle and print its decision and the report's path
	@$(BIN)/cycles init . --example --quiet
	@$(BIN)/cycles run $(CYCLE)

test: $(STAMP) ## The tests, without the slow simulations
	@$(BIN)/python -m pytest -n auto --dist loadfile -m "not slow" $(TESTS)

test-all: $(STAMP) ## Every test, slow simulations too
	@$(BIN)/python -m pytest -n auto --dist loadfile $(TESTS)

test-slow: $(STAMP) ## The slow simulations alone
	@$(BIN)/python -m pytest -n auto --dist loadfile -m slow $(TESTS)

lint: $(STAMP) ## Ruff and the import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@PYTHONPATH=src $(BIN)/lint-imports --no-cache

types: $(STAMP) ## Types
	@$(BIN)/mypy

fmt: $(STAMP) ## Format the code
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

reference: $(STAMP) ## Compare with published and independent numbers (GROUP=)
	@$(BIN)/python tests/reference.py

contracts: $(STAMP) ## Let an outside client of the contract standard test the contracts
	@.ci/contracts.sh

bench: $(STAMP) ## Measure against the limits of tests/limits.toml (SECTION=)
	@$(BIN)/python tests/bench.py

torture: $(STAMP) ## Break things on purpose and see each refused (SECTION=)
	@$(BIN)/python tests/torture.py

docs: $(STAMP) ## Reference pages of the package, into build/docs
	@$(BIN)/pdoc --docformat numpy --no-search -o build/docs cycles cycles.core.vocabulary cycles.core.errors cycles.core.catalogue
