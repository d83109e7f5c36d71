# One-word commands. Each sets up what it needs in .venv, and is quick the second time.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check format picture clean

demo: .venv/installed ## pad the sample data, and show what comes out
	$(BIN)/padcli pad sample_data/reviews.txt --maxlen 50 --post

test: check ## all checks and all tests
	$(BIN)/python -m pytest

check: .venv/installed ## formatting, linting, types, direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: .venv/installed ## mend what can be mended by a machine
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

picture: .venv/installed ## draw the README's picture anew, from a real run
	$(BIN)/python docs/draw_summary.py

clean: ## remove what was made here
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "padcli needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@
