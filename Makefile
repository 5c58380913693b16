# Everything a newcomer needs: make demo, make test. Run `make` or `make help` for the rest.
# PYTHON=python3.12 (or 3.13, or a path) runs any target on that Python, in an environment of its own: .venv-3.12.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

ifdef PYTHON
VERSION := $(shell python=$$(PYTHON='$(PYTHON)' scripts/find-python.sh 2>/dev/null) && \
	"$$python" -c 'import sys; print("{}.{}".format(*sys.version_info))')
VENV := .venv-$(or $(VERSION),unknown)
else
VENV := .venv
endif
BIN := $(VENV)/bin
READY := $(VENV)/.synced
TESTS ?= tests
ARGS ?=
CASE ?= all
EXAMPLES ?= 20000
MINUTES ?= 20
TEACHERS ?= 500
UV := $(BIN)/uv
OFFLINE := The set-up fetches packages from PyPI and could not. Check the network, or name a mirror by PIP_INDEX_URL and \
	UV_INDEX_URL, and run make again.
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	--python-version 3.11 --custom-compile-command "make lock"

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

$(READY): requirements/bootstrap.txt requirements/dev.txt
	@python=$$(PYTHON='$(PYTHON)' scripts/find-python.sh) || exit 1; \
	echo "Setting up $(VENV) with $$python ($$("$$python" --version 2>&1)) …"; \
	if ! $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
		rm -rf $(VENV) && "$$python" -m venv $(VENV); \
	fi
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt \
		|| { echo "$(OFFLINE)"; exit 1; }
	@VIRTUAL_ENV=$(VENV) $(UV) pip sync --quiet --require-hashes requirements/bootstrap.txt requirements/dev.txt \
		|| { echo "$(OFFLINE)"; exit 1; }
	@touch $@

.PHONY: setup
setup: $(READY) ## Set up the virtual environment (the other targets run it when needed)

.PHONY: demo
demo: $(READY) ## Start the whole platform on this machine and run a teacher's day against it
	@$(BIN)/python -m sandbox demo $(ARGS)

.PHONY: run
run: $(READY) ## Start the whole platform on this machine and keep it up until Ctrl-C
	@$(BIN)/python -m sandbox up --gateway-port 4001 --websocket-port 8080 --page-port 4100 $(ARGS)

.PHONY: test
test: $(READY) ## Run all tests (TESTS=tests/unit for a part, ARGS for pytest's own options)
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(TESTS) $(ARGS)

.PHONY: test-kafka
test-kafka: $(READY) ## Run only the tests that need Apache Kafka (fetched by mvn)
	@$(BIN)/python -m pytest tests -m kafka $(ARGS)

.PHONY: test-browser
test-browser: $(READY) ## Run only the tests of the page in chromium, which is found and never installed
	@$(BIN)/python -m pytest tests/browser $(ARGS)

.PHONY: test-wheel
test-wheel: $(READY) ## Build the wheel, install it with pip 23, 24 and the newest, and call the installed gateway
	@$(BIN)/python -m scripts.check_wheel $(ARGS)

.PHONY: test-client
test-client: ## Compile, test and build the browser library (clients/typescript) with npm (ARGS for vitest's options)
	@cd clients/typescript && npm ci --silent --ignore-scripts && npm run --silent check && \
		npm test --silent -- $(ARGS) && npm run --silent build

.PHONY: test-stress
test-stress: $(READY) ## Run all tests beside two busy loops, with processes frozen at random (ARGS for pytest's options)
	@$(BIN)/python -m tests.stress $(ARGS)

.PHONY: fuzz
fuzz: $(READY) ## Run the fuzz tests with new examples (EXAMPLES for each of them, 20000 unless told)
	@FUZZ_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest tests/unit/fuzz -p no:cacheprovider -o timeout=0 $(ARGS)

.PHONY: faults
faults: $(READY) ## Break every neighbour and part in turn and measure what clients see (RUN=feed-redis for some; half an hour)
	@$(BIN)/python -m tests.faults $(RUN)

.PHONY: mutate
mutate: $(READY) ## Apply each known mutation to a copy and run the tests that must fail (half an hour on a quiet machine)
	@$(BIN)/python -m tests.mutations $(ARGS)

.PHONY: coverage
coverage: $(READY) ## Run all tests and report branch coverage
	@$(BIN)/python -m pytest tests --cov --cov-report=term-missing:skip-covered $(ARGS)

.PHONY: lint
lint: $(READY) ## Check style (ruff), formatting, the layers between modules (import-linter) and commit messages
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/python -m scripts.check_commits

.PHONY: typecheck
typecheck: $(READY) ## Check types (mypy, strict, tests included)
	@$(BIN)/mypy

.PHONY: audit
audit: $(READY) ## Look for known faults of the locked packages (pip-audit) and risky code (bandit); ARGS=--strict
	@$(BIN)/python -m scripts.audit $(ARGS)

.PHONY: sbom
sbom: $(READY) ## Write the bill of materials (CycloneDX) from the lock files to dist/sbom.cdx.json
	@$(BIN)/python -m scripts.sbom

.PHONY: format
format: $(READY) ## Format the code and apply the linter's safe fixes
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: bench
bench: $(READY) ## Measure everything in a quarter of an hour, or one case: make bench CASE=status (ARGS=--record keeps it)
	@$(BIN)/python -m benchmarks run $(CASE) $(ARGS)

.PHONY: soak
soak: $(READY) ## Play a mixed day under restarts and kills: make soak MINUTES=20 TEACHERS=500 (ARGS="--kafka apache" …)
	@$(BIN)/python -m benchmarks.soak --minutes $(MINUTES) --teachers $(TEACHERS) $(ARGS)

.PHONY: docs
docs: $(READY) ## Regenerate the files made from the code (OpenAPI, AsyncAPI, error tables, TypeScript types)
	@$(BIN)/python -m scripts.docs
	@if command -v npm >/dev/null; then cd clients/typescript && npm ci --silent --ignore-scripts && npm run --silent generate && \
		npm run --silent bundle; \
	else echo "npm is not installed: schema.ts of clients/typescript and the page's edge*.js stay as they are"; fi

.PHONY: release
release: $(READY) ## Make the files of a release from the last commit in dist/release (ARGS=--twice compares two makings)
	@$(BIN)/python -m scripts.release $(ARGS)

.PHONY: picture
picture: $(READY) ## Run the demo and redraw README.md's picture of it
	@$(BIN)/python -m scripts.demo_picture

.PHONY: lock
lock: $(READY) ## Resolve the dependencies and lock them with hashes (ARGS=--upgrade for newer versions)
	@$(COMPILE) $(ARGS) requirements/bootstrap.in -o requirements/bootstrap.txt
	@$(COMPILE) $(ARGS) pyproject.toml -o requirements/runtime.txt
	@$(COMPILE) $(ARGS) pyproject.toml --group sandbox --group test --group dev --group audit \
		--constraint requirements/runtime.txt -o requirements/dev.txt
	@$(COMPILE) $(ARGS) --group bench --constraint requirements/runtime.txt -o requirements/bench.txt

.PHONY: clean
clean: ## Remove the virtual environments and every cache
	@rm -rf .venv .venv-* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* htmlcov
