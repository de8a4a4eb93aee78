# `make dev` and `make test` are all a newcomer needs; CONTRIBUTING.md names the others.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYTEST_WORKERS ?= 3

.PHONY: install dev wheel test test-whole lint lock faults races cache-races drift hostile days doctor stranger fuzz mutants reach tpch bench load load-notebooks pictures clean

install: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.12" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "This Python cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 2; }
	@# The lock names everything, so nothing is resolved: pip 23.2 takes an extra (gql[requests]) for another package.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# The example systems, unless DENORM_SYSTEMS names others.
EXAMPLES := denorm_assets.systems.topics:SYSTEM,denorm_assets.systems.social:SYSTEM,denorm_assets.systems.gallery:SYSTEM,denorm_assets.systems.notebooks:SYSTEM

dev: install
	@DENORM_SYSTEMS="$${DENORM_SYSTEMS:-$(EXAMPLES)}" $(BIN)/denorm-assets dev $(ARGS)

# For `pip install`, in dist/.
wheel: install
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .

test: install
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) $(ARGS)

# All tests, of which `make test` runs a sample (tests/support/sampling.py); an hour.
test-whole: install
	DENORM_TEST_WHOLE=1 $(BIN)/python -m pytest -n $(PYTEST_WORKERS) $(ARGS)

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright

# Backfills under kill -9; with ONLY=schema definition changes, index builds and all else that `apply` does, with
# ONLY=identifiers identifiers on their way to uuid and back.
faults: install
	$(BIN)/python -m tests.stress.faults $(ONLY) $(if $(SIZE),--size $(SIZE)) $(ARGS)

# Mixed writers while drivers are killed. ONLY=shapes: 16 sessions at each isolation level, over a read model of each shape.
races: install
	$(BIN)/python -m tests.stress.races$(if $(filter shapes,$(ONLY)),.shapes) $(ARGS)

cache-races: install
	$(BIN)/python -m tests.stress.cache_races $(ARGS)

# ONLY=writes: ten minutes of random writes on every source table of every shipped system. ONLY=injected: 10,000 rows of
# read models put wrong while the application writes, and reconciled. Both without ONLY.
drift: install
	$(if $(filter injected,$(ONLY)),,$(BIN)/python -m tests.stress.drift $(ARGS))
	$(if $(filter writes,$(ONLY)),,$(BIN)/python -m tests.stress.reconciliation $(ARGS))

# What an attacker, an operator in a hurry and other people's schemas do to a live system; ONLY= names a scenario, an item
# (S1) or a section (S, A), ARGS=--list lists them.
hostile: install
	$(BIN)/python -m tests.stress.hostile $(ONLY) $(ARGS)

# What people do in Dagster day by day, on one real instance with its daemon, code server, alerts and UI in Chromium; ONLY=
# names scenarios or items (D17), ARGS=--list lists them.
days: install
	$(BIN)/python -m tests.stress.days $(ONLY) $(ARGS)

# Troubles that are planted on a real server, one at a time: `denorm-assets doctor` names each and its fix, which is done,
# and the trouble is gone. ONLY= names plants, ARGS=--list lists them.
doctor: install
	$(BIN)/python -m tests.stress.doctor $(ONLY) $(ARGS)

# The way of the guide, from the wheel in an empty folder, on databases that nobody here designed: Chinook, TPC-H and pgbench.
# ONLY= names databases. Downloads are kept in .denorm/stranger.
stranger: install
	$(BIN)/python -m tests.stress.stranger $(ONLY) $(ARGS)

fuzz: install
	$(BIN)/python -m tests.stress.oracle --examples 5000 $(ARGS)

# Small faults in the analysis, one at a time: each has to be noticed by a test, or explained in explained.toml. ONLY= names a
# file or folder; ARGS=--again tries only those that no earlier run has killed, ARGS="--sample 300 --seed 1" so many at random.
mutants: install
	$(BIN)/python -m tests.stress.mutants $(if $(ONLY),--only "$(ONLY)") $(ARGS)

# Definitions after public applications: how many are accepted, by key, and right; ONLY= names an application or a definition.
reach: install
	$(BIN)/python -m tests.stress.reach $(if $(ONLY),--only $(ONLY)) $(ARGS)

# The 22 queries of TPC-H, kept fresh through its refresh streams; ONLY= names queries ("q01 q06"), ARGS="--scale 1" is ten times as much.
tpch: install
	$(BIN)/python -m tests.stress.tpch $(if $(ONLY),--only $(ONLY)) $(ARGS)

bench: install
	$(BIN)/python -m tests.bench $(if $(ONLY),--only $(ONLY)) $(if $(SIZE),--size $(SIZE)) $(ARGS)

# 5,000 virtual users read `social` at full size; ARGS="--users 500 --scale 2000 --seconds 20" is a short form.
load: install
	$(BIN)/python -m tests.stress.load $(ARGS)

# 1,000 virtual users read `notebooks` before and after its phases, 19 minutes after.
load-notebooks: install
	$(BIN)/python -m tests.stress.load.notebooks $(ARGS)

# The pictures of README and docs, taken from the product as it is; needs Chromium.
pictures: install
	$(BIN)/python -m tests.integration.browser.pictures

# With the hashes of every platform's files; `make lock ARGS=--upgrade` takes newer versions.
lock: install
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --default-index https://pypi.org/simple --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-annotate --no-header --all-extras \
		--group build --group dev --output-file requirements.lock $(ARGS) pyproject.toml

clean:
	rm -rf $(VENV) .denorm
