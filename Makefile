# Two commands do everything: `make demo` and `make test`. Both start from nothing but Python 3.11+.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: demo test check audit format lock clean

demo: $(VENV)/.run ## Set up, fill the demo county and serve it on http://127.0.0.1:8000
	$(BIN)/zhucun demo --serve

test: check ## Lint, format, types, layers, schema, dependencies, all tests
	$(BIN)/pytest

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/zhucun schema --check
	$(BIN)/python -m tests.audits.dependencies

audit: $(VENV)/.dev ## Known vulnerabilities and withdrawn versions of what is locked; needs PyPI, and fails without
	$(BIN)/python -m tests.audits.dependencies --strict

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Zhucun needs Python 3.11 or later; name one with: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt pyproject.toml | $(BIN)/python
	$(PIP) --require-hashes --only-binary :all: -r requirements.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: requirements-dev.txt pyproject.toml | $(BIN)/python
	$(PIP) --require-hashes --only-binary :all: -r requirements-dev.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@ $(VENV)/.run

lock: ## Write the locks anew (needs uv): exact versions with hashes, for every platform and Python 3.11+
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --group build -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --group build --group dev -o requirements-dev.txt

clean:
	rm -rf $(VENV) .data
