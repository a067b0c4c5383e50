# Every command of the project. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help up run down plan test test-engine engine-ready test-engine-shapes test-engine-records test-engine-containers test-long format lock certificates checkov bench clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# The environment is made anew when the lock changes; an interrupted installation leaves no .ready behind.
$(VENV)/.ready: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ": set PYTHON=/path/to/python3.11")'
	@echo "Installing the pinned packages into $(VENV) (about half a minute) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements.txt
	@touch $@

up: $(VENV)/.ready ## run the application here; STACK=staging|prod deploys it, STACK=emulated brings up the whole cloud here
	@$(if $(STACK),exec $(BIN)/python -m deploy up --stack $(STACK),exec $(BIN)/python -m local up)

run: $(VENV)/.ready ## CMD="flask seed-demo": a command beside `make up`, with its database and settings
	@$(BIN)/python -m local run -- $(CMD)

down: $(VENV)/.ready ## STACK=...: pulumi destroy of that stack
	@exec $(BIN)/python -m deploy down --stack "$(STACK)"

plan: $(VENV)/.ready ## STACK=prod: the table of resources, offline
	@exec $(BIN)/python -m planning --stack "$(or $(STACK),staging)"

test: $(VENV)/.ready ## format, lint, types, unit tests, the application with its servers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q -n auto --ignore tests/app --ignore tests/ops -m "not processes and not engine and not containers"
	@$(BIN)/python -m pytest -q -n auto tests/ops -m "not processes"
	@$(BIN)/python -m pytest -q -n auto tests/app -m "not processes"
	@$(BIN)/python -m pytest -q -n 4 --dist loadgroup -m "processes and not long"

engine-ready: $(VENV)/.ready
	@$(BIN)/python -m emulated install > /dev/null

test-engine: engine-ready ## the real Pulumi engine against an emulated AWS, with what this machine has
	@$(MAKE) --no-print-directory -j 3 test-engine-containers test-engine-shapes test-engine-records

# A process each: the stacks of staging and prod take most of the time.
test-engine-shapes:
	@$(BIN)/python -m pytest -q -n 2 tests/engine/test_shapes.py -m "engine and not long" --durations 6

test-engine-records:
	@$(BIN)/python -m pytest -q tests/engine tests/emulated --ignore tests/engine/test_shapes.py -m "engine and not long" --durations 6
	@$(BIN)/python -m pytest -q tests/engine/test_image.py -m "containers and not long"

# One process: all of these tests need the one network at which tasks find their credentials, which
# those of the image do not.
test-engine-containers:
	@$(BIN)/python -m pytest -q tests/engine tests/emulated --ignore tests/engine/test_image.py -m "containers and not long" --durations 12

test-long: $(VENV)/.ready ## what takes minutes: every way to break or interrupt an update, killed workers
	@$(BIN)/python -m pytest -q -n 2 -m "processes and long"
	@$(BIN)/python -m emulated install > /dev/null
	@$(BIN)/python -m pytest -q -n 3 tests/engine tests/emulated -m engine
	@$(BIN)/python -m pytest -q tests/engine tests/emulated -m containers

checkov: $(VENV)/.ready ## checkov on the plan of staging and prod
	@exec $(BIN)/python -m planning.checkov

format: $(VENV)/.ready ## format and fix what ruff can fix
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade
lock: $(VENV)/.ready ## compile every requirements.in to the newest versions, with hashes
	@$(LOCK) app/requirements.in -o app/requirements.txt
	@$(LOCK) requirements.in -o requirements.txt
	@$(LOCK) emulated/requirements.in -o emulated/requirements.txt
	@$(LOCK) planning/checkov-requirements.in -o planning/checkov-requirements.txt

certificates: $(VENV)/.ready ## renew the certificates of RDS that the application trusts (needs npm)
	@exec $(BIN)/python -m local.certificates

bench: $(VENV)/.ready ## throughput of the application under its own server and under gunicorn (some minutes)
	@exec $(BIN)/python -m bench

clean: ## remove the environment and the data of `make up`
	rm -rf $(VENV) .venv-* .local .state .emulated .pulumi-cli
