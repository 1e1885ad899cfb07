# Two commands on a fresh Debian or Ubuntu: `make run` and `make test`. Each sets up what it needs; the second time
# there is nothing left to set up.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PY := .venv/bin/python
RUN_READY := .venv/.ready-run
TEST_READY := .venv/.ready-test

.PHONY: help
help: ## what there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 16

.PHONY: run
run: packages-run $(RUN_READY) ## set up, then digitise the first sample dossier into out/
	.venv/bin/sohoa run samples/dossiers/H15.50.05.13-261120-0001
	.venv/bin/sohoa verify out/H15.50.05.13-261120-0001

.PHONY: test
test: packages-test $(TEST_READY) lint-only ## set up, then check style, types, import rules and run every test
	$(PY) -m pytest -n 2 --dist loadfile

.PHONY: lint
lint: $(TEST_READY) lint-only ## style, types and import rules only

.PHONY: lint-only
lint-only: $(TEST_READY)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

.PHONY: bench
bench: packages-bench $(TEST_READY) ## reading against OCRmyPDF (149 pages), seals against pyHanko; BENCH="--only-seals" or "--classes clean --pages 4" for less
	$(PY) tests/bench/bench.py $(BENCH)

.PHONY: province
province: packages-test $(TEST_READY) ## load, counters, readers as docs/province.md has them: an hour the first time; PROVINCE="--history 20000 --minutes 1" for less load
	$(PY) tests/bench/province_load.py $(PROVINCE)
	$(PY) tests/bench/counter_latency.py
	$(PY) tests/bench/throughput.py

.PHONY: samples
samples: $(TEST_READY) ## make the samples again (the same bytes)
	$(PY) samples/make_samples.py

.PHONY: lock
lock: ## resolve the dependencies anew (needs uv)
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-emit-find-links \
	  --custom-compile-command "make lock" pyproject.toml --group build -o requirements/run.lock
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-emit-find-links \
	  --custom-compile-command "make lock" -c requirements/run.lock pyproject.toml --group build --group dev \
	  -o requirements/dev.lock

.PHONY: clean
clean: ## remove what was made, but neither var/ (records) nor out/ (sealed files)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: packages-run packages-test packages-bench
packages-run:
	@requirements/debian-packages.sh run
packages-test:
	@requirements/debian-packages.sh test
packages-bench:
	@requirements/debian-packages.sh bench

$(RUN_READY): requirements/run.lock pyproject.toml | packages-run
	@requirements/make-venv.sh requirements/run.lock
	@touch $@

$(TEST_READY): requirements/dev.lock pyproject.toml | packages-test
	@requirements/make-venv.sh requirements/dev.lock
	@touch $@ $(RUN_READY)
