# Everything happens in .venv, which is installed once: again only when pyproject.toml or constraints.txt change.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# Tests run side by side, one thread each: two workers on a small machine are quicker than one with two threads.
TEST_WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help install quickstart test fuzz audit faults clusters lint docs check format clean

help:
	@echo "make quickstart  install into $(VENV) and build the report of studies/quickstart.yaml"
	@echo "make test        install into $(VENV) and run the tests"
	@echo "make fuzz        100,000 damaged studies, data files and models: none may end in a traceback (minutes)"
	@echo "make audit       known faults in the packages that are installed; advice only, and needs a network"
	@echo "make faults      the long tests of the fault suite: kills, races, slow disks and networks (minutes)"
	@echo "make clusters    the fault suite with a real Slurm and a real Ray (root; minutes)"
	@echo "make lint        ruff, mypy and import-linter"
	@echo "make docs        the pages of docs/ as site/"
	@echo "make check       lint and tests"
	@echo "make format      let ruff format the code"

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV): minutes the first time, with PyTorch among the packages"
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -c constraints.txt -e '.[offline,dev]'
	@touch $@

install: $(INSTALLED)

quickstart: $(INSTALLED)
	$(BIN)/stiltsreport build studies/quickstart.yaml

test: $(INSTALLED)
	OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m pytest -q -n $(TEST_WORKERS) --dist worksteal $(TESTS)

fuzz: $(INSTALLED)
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.fuzz --inputs 100000

# Advice: what it finds fails nothing, since most of it is for us to weigh, and databases change while the code does not.
audit: $(INSTALLED)
	timeout 60 $(BIN)/python -m pip install --disable-pip-version-check --quiet 'pip-audit>=2.7' || echo "pip-audit could not be installed"
	-timeout 90 $(BIN)/pip-audit --skip-editable --progress-spinner off --format json >$(VENV)/audit.json 2>/dev/null
	$(BIN)/python .ci/audit.py $(VENV)/audit.json

faults: $(INSTALLED)
	OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m pytest -q --long tests/faults

# A real Slurm and a real Ray of two nodes on loopback (root, slurm-wlm and munge installed): minutes.
clusters: $(INSTALLED)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -c constraints.txt -e '.[offline,dev,ray,slurm]'
	OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m pytest -q --clusters tests/faults

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(INSTALLED)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -c constraints.txt -e '.[offline,dev,docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --site-dir site

check: lint test

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) build dist site .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
