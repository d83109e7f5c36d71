# One-word commands. Each sets up what it needs in .venv, and is quick the second time.
PYTHON ?= python3
BIN := .venv/bin

MB ?= 200
ROUNDS ?= 5
ROWS ?= 400000
RANDOM ?= 1000

.PHONY: demo test fidelity check format options pictures bench profile clean

demo: .venv/installed ## pad the sample data, and show what comes out
	$(BIN)/padcli pad sample_data/reviews.txt --maxlen 50 --post

test: check ## all checks and all tests
	$(BIN)/python -m pytest --numprocesses auto

# Each tokenizer is compared on ROWS at most (a million: all of them). BUDGET=seconds, SEED=number, JSON=file, ONLY=name.
# PADCLI_TOKENIZERS=folder adds real files and texts.
fidelity: .venv/installed ## ids against the original libraries: some 150 tokenizer files, and RANDOM drawn at random
	PYTHONPATH=tests $(BIN)/python -m fidelity --rows $(ROWS) --random $(RANDOM) $(if $(BUDGET),--budget $(BUDGET)) \
		$(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only "$(ONLY)") --json "$(or $(JSON),build/fidelity/results.json)"
	PYTHONPATH=tests $(BIN)/python -m fidelity.mutations $(if $(BUDGET),--budget $(BUDGET))

check: .venv/installed ## formatting, linting, types, direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: .venv/installed ## mend what can be mended by a machine
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

pictures: .venv/installed ## draw what each command shows anew, from real runs
	$(BIN)/python docs/draw.py
	$(BIN)/padcli pad sample_data/reviews.txt --maxlen 50 --post --quiet -o - --plot docs/lengths.svg >/dev/null

options: .venv/installed ## write what follows from padcli/options: keywords.py and docs/options.md
	$(BIN)/python docs/options.py

bench: .venv/installed ## padcli against its peers; CORPUS=file takes that text, else MB megabytes are made
	$(BIN)/python benchmarks/bench.py --mb $(MB) --rounds $(ROUNDS) $(if $(CORPUS),--corpus "$(CORPUS)")

profile: .venv/installed ## where the time goes, stage by stage, with one worker and with all
	test -f benchmarks/work/corpus.txt || $(BIN)/python benchmarks/corpus.py benchmarks/work --mb $(MB)
	for workers in "--workers 1" ""; do $(BIN)/padcli pad "$(or $(CORPUS),benchmarks/work/corpus.txt)" --maxlen 50 --post \
		-o benchmarks/work/profile.npz --quiet --timings $$workers; done

clean: ## remove what was made here
	rm -rf benchmarks/work .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/installed: pyproject.toml padcli/kernels/loops.pyx padcli/kernels/bpe.pyx
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "padcli needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@
