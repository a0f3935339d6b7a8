# Each developer command, once. README and continuous integration call these.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: demo test lint bench up down clean

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

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest tests platform

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy benchmarks examples
	$(BIN)/lint-imports

bench: $(VENV)/.installed-dev
	@for script in benchmarks/[a-z]*.py; do $(BIN)/python $$script || exit 1; done

up: $(VENV)/.installed-demo
	$(BIN)/attrigraph up

down: $(VENV)/.installed-demo
	$(BIN)/attrigraph down

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache
