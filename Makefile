# Nuanxin. Everything is run from here; `make help` lists it.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
# Three for two processors: a worker waits for databases and browsers a third of its time.
WORKERS ?= $(shell $(PYTHON) -c "import os; print(os.cpu_count() * 3 // 2)")
PACKAGES := bot console handlers services storage knowledge domain locales simulator benchmarks tests

.PHONY: help setup demo run test check lint format faults bench lock clean

help:
	@echo "make demo     the bot with a simulated Telegram and a phone page; nothing to set up"
	@echo "make run      the bot with config.toml and a token"
	@echo "make test     all tests but the long ones, on SQLite and (if there) PostgreSQL"
	@echo "make check    format, lint, types, import rules, entries, tests"
	@echo "make lint     check without the tests"
	@echo "make faults   the long tests: kills, floods, outages"
	@echo "make bench    speed and memory, each beside a baseline"
	@echo "make setup    the environment alone"
	@echo "make format   put the code in shape"
	@echo "make lock     renew requirements/*.lock (needs uv)"

# Two stamps: a demo must not wait for test tools.
$(VENV)/runtime.stamp: requirements/runtime.lock pyproject.toml
	@test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	@$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.lock
	@touch $@

$(VENV)/dev.stamp: requirements/dev.lock $(VENV)/runtime.stamp
	@$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: $(VENV)/dev.stamp

demo: $(VENV)/runtime.stamp
	@exec $(RUN) -m bot demo

run: $(VENV)/runtime.stamp
	@exec $(RUN) -m bot serve

test: $(VENV)/dev.stamp
	@$(RUN) -m pytest -n $(WORKERS) -m "not faults"

lint: $(VENV)/dev.stamp
	@$(RUN) -m ruff format --check $(PACKAGES)
	@$(RUN) -m ruff check $(PACKAGES)
	@$(RUN) -m mypy
	@$(VENV)/bin/lint-imports
	@$(RUN) -m bot knowledge check

check: lint test

faults: $(VENV)/dev.stamp
	@$(RUN) -m pytest -m faults
	@NUANXIN_TEST_ALL_WAYS=1 $(RUN) -m pytest -n $(WORKERS) tests/journeys -k other
	@NUANXIN_TEST_ALL_WAYS=1 $(RUN) -m pytest -n $(WORKERS) tests/storage/test_migrate.py tests/browser/test_console_*.py
	@NUANXIN_TEST_ALL_WAYS=1 $(RUN) -m pytest -n $(WORKERS) tests/browser/test_xss*.py -k "not postgresql"

bench: $(VENV)/dev.stamp
	@$(RUN) -m benchmarks $(ARGS)

format: $(VENV)/dev.stamp
	@$(RUN) -m ruff format $(PACKAGES)
	@$(RUN) -m ruff check --fix $(PACKAGES)

lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements/runtime.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --group dev -c requirements/runtime.lock -o requirements/dev.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --group bench -o requirements/bench.lock

clean:
	rm -rf $(VENV) .venv-bench .mypy_cache .ruff_cache .pytest_cache .hypothesis
