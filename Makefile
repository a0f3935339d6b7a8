# Each developer command, once. README and continuous integration call these.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: demo test test-long lint bench release-check fuzz recipes prose acceptance up down clean

# the demo needs no more than the stores, the report and the command line
$(VENV)/.installed-demo: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[local,report]'
	@touch $@

$(VENV)/.installed-dev: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.installed-demo

demo: $(VENV)/.installed-demo
	$(BIN)/attrigraph demo --home demo

# processes that tests start read compiled modules, also where the environment writes none
TEST := OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --dist loadfile

test: $(VENV)/.installed-dev
	$(TEST) tests platform

# with the further cases of the tests that have many: about twice the time
test-long: $(VENV)/.installed-dev
	$(TEST) --long tests platform

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# without the one that needs a data set of your own
BENCHMARKS := $(filter-out benchmarks/criteo.py,$(wildcard benchmarks/[a-z]*.py))

bench: $(VENV)/.installed-dev
	@for script in $(BENCHMARKS); do $(BIN)/python $$script || exit 1; done

# both distributions, and the wheel in a clean environment; needs the package index
release-check: $(VENV)/.installed-dev
	$(BIN)/python scripts/release_check.py

# thousands of mutated input files; the short form is part of the tests
fuzz: $(VENV)/.installed-dev
	$(BIN)/python scripts/fuzz.py

recipes: $(VENV)/.installed-dev
	$(BIN)/python scripts/recipes.py dbt
	$(BIN)/python scripts/recipes.py airflow

# words that the project no longer uses, by file
prose: $(VENV)/.installed-dev
	$(BIN)/python scripts/prose.py

# the incremental model against known truth, at full size with coverage: about two hours
acceptance: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/incremental.py --coverage 100
	$(BIN)/python benchmarks/other_worlds.py
	$(BIN)/python benchmarks/identification.py

up: $(VENV)/.installed-demo
	$(BIN)/attrigraph up

down: $(VENV)/.installed-demo
	$(BIN)/attrigraph down

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache
