# One-word commands. Each sets up what it needs in .venv, and is quick the second time.
PYTHON ?= python3
BIN := .venv/bin

MB ?= 200
ROUNDS ?= 5
ROWS ?= 400000
RANDOM ?= 1000

CYTHON ?= $(BIN)/cython
SANITIZED := build/sanitize
FRAMEWORKS := .venv-frameworks/bin
SANITIZED_TESTS ?= $(addprefix tests/test_,kernels.py subwords.py packing.py padding.py vocabulary.py)

.PHONY: demo test torture test-distributed frameworks fidelity sanitize check format options pictures bench profile dist wheels clean

demo: .venv/installed ## pad the sample data, and show what comes out
	$(BIN)/padcli pad sample_data/reviews.txt --maxlen 50 --post

test: check ## all checks and all tests
	$(BIN)/python -m pytest --numprocesses auto

torture: .venv/installed ## each call of the operating system fails in turn, in each way, for each format; takes half an hour
	PADCLI_TORTURE=1 $(BIN)/python -m pytest --numprocesses auto tests/test_failing_calls.py

test-distributed: .venv/installed ## tests of engines: clusters of Dask and Ray on this machine, workers that die, a store of objects
	$(BIN)/python -m pytest tests/distributed

# Without a library, these tests are skipped by `make test`, and fail here.
frameworks: .venv-frameworks/installed ## loaders, examples, recipes and Croissant with PyTorch, JAX, Grain, models and mlcroissant; takes some GB
	PADCLI_FRAMEWORKS=1 $(FRAMEWORKS)/python -m pytest tests/test_frameworks.py tests/test_docs.py \
		-k "test_frameworks or recipes or loaders"

# Each tokenizer is compared on ROWS at most (a million: all of them). BUDGET=seconds, SEED=number, JSON=file, ONLY=name.
# PADCLI_TOKENIZERS=folder adds real files and texts.
fidelity: .venv/installed ## ids against the original libraries: some 150 tokenizer files, and RANDOM drawn at random
	PYTHONPATH=tests $(BIN)/python -m fidelity --rows $(ROWS) --random $(RANDOM) $(if $(BUDGET),--budget $(BUDGET)) \
		$(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only "$(ONLY)") --json "$(or $(JSON),build/fidelity/results.json)"
	PYTHONPATH=tests $(BIN)/python -m fidelity.mutations $(if $(BUDGET),--budget $(BUDGET))

# Negative indices are errors, too: wraparound stays off, which would take them for places counted from the end. pyarrow's
# own allocator would hide from the sanitizer where its buffers end, and a C++ exception needs libstdc++ loaded beside it.
sanitize: .venv/installed ## tests of the compiled loops, built with bounds checks and address sanitizer (needs gcc)
	@command -v gcc >/dev/null || { echo "make sanitize needs gcc: apt-get install gcc"; exit 1; }
	@test -e "$$(gcc -print-file-name=libasan.so)" || { echo "make sanitize needs gcc's libasan, which is not here"; exit 1; }
	rm -rf $(SANITIZED) && mkdir -p $(SANITIZED) && cp -r padcli $(SANITIZED)/ && rm -f $(SANITIZED)/padcli/kernels/*.so
	for source in $(SANITIZED)/padcli/kernels/*.pyx; do \
		$(CYTHON) -3 -X boundscheck=True -X initializedcheck=True -X wraparound=False $$source -o $${source%.pyx}.c && \
		gcc -shared -fPIC -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined \
			$$($(BIN)/python -c 'import sysconfig; print("-I" + sysconfig.get_path("include"))') $${source%.pyx}.c \
			-o $${source%.pyx}$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))') || exit 1; \
	done
	PYTHONPATH=$(CURDIR)/$(SANITIZED) PYTHONMALLOC=malloc ARROW_DEFAULT_MEMORY_POOL=system ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=16 \
		UBSAN_OPTIONS=print_stacktrace=1 \
		LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libstdc++.so)" \
		$(BIN)/python -P -m pytest --capture=sys -p no:cacheprovider $(SANITIZED_TESTS)

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
	$(BIN)/python benchmarks/speed_chart.py
	$(BIN)/padcli pad sample_data/reviews.txt --maxlen 50 --post --quiet -o - --plot docs/lengths.svg >/dev/null

options: .venv/installed ## write what follows from padcli/options: keywords.py, docs/options.md and the manual pages
	$(BIN)/python docs/options.py
	$(BIN)/python docs/man.py

bench: .venv/installed ## padcli against its peers; CORPUS=file takes that text, else MB megabytes are made
	$(BIN)/python benchmarks/bench.py --mb $(MB) --rounds $(ROUNDS) $(if $(CORPUS),--corpus "$(CORPUS)")

profile: .venv/installed ## where the time goes, stage by stage, with one worker and with all
	test -f benchmarks/work/corpus.txt || $(BIN)/python benchmarks/corpus.py benchmarks/work --mb $(MB)
	for workers in "--workers 1" ""; do $(BIN)/padcli pad "$(or $(CORPUS),benchmarks/work/corpus.txt)" --maxlen 50 --post \
		-o benchmarks/work/profile.npz --quiet --timings $$workers; done

dist: .venv/installed ## source distribution and wheel, installed and tried in an empty environment
	rm -rf dist
	$(BIN)/python -m build
	$(BIN)/twine check --strict dist/*
	$(BIN)/python -m pytest --verbose tests/check_dist.py

# Of the source distribution, since all of this folder would go into the container, .venv included.
wheels: .venv/installed ## a wheel for each Python, as they are published (needs Docker)
	rm -rf dist
	$(BIN)/python -m build --sdist
	$(BIN)/cibuildwheel --platform linux --output-dir dist dist/*.tar.gz

clean: ## remove what was made here
	rm -rf benchmarks/work .venv .venv-frameworks build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/installed: EXTRAS = dev
.venv-frameworks/installed: EXTRAS = dev,frameworks
.venv/installed .venv-frameworks/installed: pyproject.toml $(wildcard padcli/kernels/*.pyx padcli/kernels/*.pxd)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "padcli needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[$(EXTRAS)]'
	touch $@
