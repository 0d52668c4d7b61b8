# The two commands of a newcomer: `make run` and `make test`. CONTRIBUTING.md tells the rest.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
export FLYWHEEL_HOME ?= $(CURDIR)/.flywheel
export DAGSTER_HOME ?= $(FLYWHEEL_HOME)/dagster
export VIRTUAL_ENV := $(CURDIR)/.venv
export PATH := $(VIRTUAL_ENV)/bin:$(PATH)
NAME ?=
ACTS ?=
FROM ?= 2013-04-01
TO ?= 2014-01-01
FLAGS ?=
ON_BIGQUERY := tests/resources/warehouse tests/models tests/assets/test_life_on_bigquery.py tests/doubles/test_bigquery_place.py -k bigquery

.PHONY: run stop demo-rollout replay test check format lint types imports tests test-cluster test-bigquery test-gcp bench scenario lock docs setup setup-test setup-emulators clean

run: setup
	@$(BIN)/python deploy/local/life.py run

stop: setup
	@$(BIN)/python deploy/local/life.py stop

demo-rollout: setup
	@env -u FLYWHEEL_HOME -u DAGSTER_HOME $(BIN)/python deploy/local/demo/demo.py $(ACTS)

replay: setup
	@env -u FLYWHEEL_HOME -u DAGSTER_HOME $(BIN)/python deploy/local/demo/year.py --from $(FROM) --to $(TO) $(FLAGS)

test: check

check: setup-test setup-emulators lint types imports tests

setup:
	@$(PYTHON) deploy/local/setup.py

setup-test:
	@$(PYTHON) deploy/local/setup.py test

# What tests talk to and nothing else needs; without a Python that it runs on, these tests are skipped.
setup-emulators:
	@$(PYTHON) deploy/emulators/bigquery.py

format: setup-test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types:
	$(BIN)/mypy

imports:
	$(BIN)/lint-imports

# One more than the cores of a small machine: a third of their time tests wait for processes of theirs.
tests:
	$(BIN)/pytest -n 3

test-cluster: setup-test
	FLYWHEEL_TEST_CLUSTER=1 $(BIN)/pytest -n 0 tests/doubles/kubernetes/test_cluster.py

# All that is said of BigQuery, on the emulator: minutes, where `make tests` takes the core of it.
test-bigquery: setup-test setup-emulators
	FLYWHEEL_TESTS_ON_BIGQUERY=all $(BIN)/pytest -n 2 $(ON_BIGQUERY)

# The same in the project that FLYWHEEL_TEST_PROJECT names; without it, or without credentials, all is skipped.
test-gcp: setup-test setup-emulators
	FLYWHEEL_TESTS_ON_BIGQUERY=project $(BIN)/pytest -n 2 $(ON_BIGQUERY)

bench: setup-test
	@$(BIN)/python -m tests.benchmarks $(NAME)

scenario: setup-test
	@$(BIN)/python -m tests.scenarios $(NAME)

docs: setup-test
	$(BIN)/python -m lifecycle.spec.schema

lock: setup-test
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --no-header --no-annotate --upgrade --output-file constraints.txt
	for image in serving serving-gcp serving-queues training; do \
	  $(BIN)/uv pip compile deploy/images/$$image.in --constraint constraints.txt --generate-hashes --only-binary :all: \
	    --python-version 3.11 --python-platform x86_64-manylinux_2_28 --no-header --no-annotate \
	    --output-file deploy/images/$$image.txt; done

clean:
	rm -rf .venv .venv.lock .bigquery-emulator .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
