# Two commands matter: `make demo` opens the shop, `make test` proves it. Both set everything up first.
PYTHON ?= python3
BIN := .venv/bin
SETUP := .venv/.set-up
TEST_SETUP := .venv/.set-up-for-tests
PORT ?= 5000

.PHONY: help demo test check bench lock clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

demo: $(SETUP) ## set up and open the shop with demo data on http://127.0.0.1:5000 (Ctrl-C ends it)
	@$(BIN)/storefront demo --port $(PORT)

test: $(TEST_SETUP) check ## set up and run every check and every test
	@sh tests/run

check: $(TEST_SETUP) ## style, types and the contracts between packages
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: $(TEST_SETUP) ## measure the shop beside a bare Flask page (minutes; see docs/speed.md)
	@$(BIN)/python bench/run.py

lock: ## write the lock files anew from pyproject.toml (needs uv)
	uv pip compile -q pyproject.toml --extra build --python-version 3.11 --universal --upgrade \
	  --generate-hashes --no-emit-index-url --no-header -o requirements.lock
	uv pip compile -q pyproject.toml --extra build --extra test --python-version 3.11 --universal \
	  --generate-hashes --no-emit-index-url --no-header -c requirements.lock -o requirements-test.lock

clean: ## remove what was set up and the demo's data
	rm -rf .venv var .hypothesis .mypy_cache .ruff_cache .pytest_cache .import_linter_cache static/fonts/*.woff2 static/fonts/*.ttf

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || sh tests/apt python3-venv
	@echo "Making a virtual environment in .venv ..."
	@$(PYTHON) -m venv .venv

$(SETUP): .venv/bin/python requirements.lock pyproject.toml storefront/fonts.py
	@echo "Installing what requirements.lock names, checked by hash ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m storefront.fonts
	@touch $@

$(TEST_SETUP): $(SETUP) requirements-test.lock
	@echo "Installing what requirements-test.lock names, checked by hash ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@touch $@
