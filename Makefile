# Every target works from a bare checkout: it makes .venv and installs the pinned packages when they changed.
PYTHON ?= python3
PORT ?= 8080
VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.ready
DEV_READY := $(VENV)/.ready-dev

.PHONY: demo test test-all stories days crowd storm lint fix bench ci clean

$(RUN_READY): requirements.txt pyproject.toml
	@echo "Installing the pinned packages into $(VENV) (only now and when they change)…"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -f $(DEV_READY) || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . 
	@touch $@

$(DEV_READY): requirements-dev.txt pyproject.toml
	@echo "Installing the pinned packages into $(VENV) (only now and when they change)…"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@ $(RUN_READY)

demo: $(RUN_READY)
	@exec $(BIN)/dozvon demo --port $(PORT)

test: $(DEV_READY)
	@$(BIN)/pytest

# More kills of the running demo, and more stories of them, than the suite has time for.
test-all: $(DEV_READY)
	@$(BIN)/pytest -m ""

# The stories of tests/scenarios/stories; FILE=leads takes one file.
stories: $(DEV_READY)
	@$(BIN)/pytest -m "" tests/scenarios/test_stories.py tests/scenarios/test_story_text.py $(if $(FILE),-k "$(FILE)")

# Ten thousand managers' days on the engine, pressed at random.
days: $(DEV_READY)
	@DOZVON_DAYS=$${DOZVON_DAYS:-10000} $(BIN)/pytest -m "" --timeout 900 tests/unit/engine/test_days.py

# Thirty managers for a day (DOZVON_CROWD=30x5: for a week, about half an hour; 30x1t: two teams with hours of their own,
# clients of several zones, people who fall ill) through the sandbox: the group's messages are counted; digests, the week and its
# file, /me, /funnel, /attempts, /case and the live views are checked by the portal.
crowd: $(DEV_READY)
	@DOZVON_CROWD=$${DOZVON_CROWD:-30x1} $(BIN)/pytest -m "" tests/scenarios/test_crowd.py

storm: $(DEV_READY)
	@DOZVON_STORM=$${DOZVON_STORM:-5} $(BIN)/pytest tests/chaos -m chaos

lint: $(DEV_READY)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fix: $(DEV_READY)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(DEV_READY)
	@$(BIN)/python -m benchmarks

ci:
	@bash .ci/run

clean:
	rm -rf $(VENV) data .pytest_cache .mypy_cache .ruff_cache build *.egg-info

# For maintainers: pin anew after a change in pyproject.toml (needs pip-tools on the PATH).
# Lines that begin with options would name package indexes: they are left out.
LOCK := pip-compile --quiet --generate-hashes --no-header --no-annotate --allow-unsafe --strip-extras --build-deps-for=editable
.PHONY: lock
lock:
	$(LOCK) -o requirements.txt pyproject.toml
	$(LOCK) --all-extras -o requirements-dev.txt pyproject.toml
	sed -i '/^--/d; /./!d' requirements.txt requirements-dev.txt
