# Everything from nothing, with nothing but Python (3.11 to 3.13) and make:
#   make run      environment, then the demonstration
#   make test     environment, then every check and every test
# Others: check, format, bench, requirements, clean. PYTHON=python3.12 chooses an interpreter, ARGS=... goes to the command.

PYTHON ?= python3
VENV   ?= .venv
ARGS   ?=
BIN    := $(VENV)/bin

# Nothing of the caller's settings decides what is installed: hashes do.
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore
export PIP_NO_INPUT := 1
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

PIP     := $(BIN)/python -m pip install --quiet --quiet
INSTALL := $(PIP) --require-hashes --requirement
PROJECT := $(PIP) --no-deps --no-build-isolation --editable .
COMPILE := $(CURDIR)/$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make requirements" $(ARGS)

# Programs that some tests and benchmarks talk to, and Debian's packages of them. Installed where that may be done; where it may not, the
# tests that need one are skipped and say so.
PEERS := sipp:sip-tester baresip:baresip-core curl:curl bearerbox:kannel

.PHONY: run test check format bench requirements peers clean
.DELETE_ON_ERROR:

run: $(VENV)/run.stamp
	@$(BIN)/omnibound demo $(ARGS)

# Every step runs, so that one call tells all that is wrong; pytest last, the verdict after it. What fails beside
# others runs once more alone: real calls and killed processes have deadlines that a starved machine misses. What fails
# twice is wrong.
test: $(VENV)/dev.stamp peers
	@failed=""; \
	$(MAKE) --no-print-directory check || failed="$$failed check"; \
	echo "== pytest"; \
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS) || { \
		echo "== pytest once more, one after another: what failed"; \
		$(BIN)/python -m pytest --last-failed --last-failed-no-failures none $(ARGS); \
	} || failed="$$failed pytest"; \
	if [ -n "$$failed" ]; then echo "make test: FAILED:$$failed"; exit 1; fi; \
	echo "make test: all is well (ruff, import-linter, pyright, pytest)"

peers:
	@for peer in $(PEERS); do \
		PATH="$$PATH:/usr/sbin" command -v $${peer%%:*} >/dev/null && continue; \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "installing $${peer##*:} for the tests ..."; \
			{ apt-get -qq update; DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $${peer##*:}; } \
				>/dev/null 2>&1 || echo "$${peer##*:} could not be installed"; \
		else \
			echo "$${peer%%:*} is not there (Debian: $${peer##*:}): the tests that need it are skipped"; \
		fi; \
	done

check: $(VENV)/dev.stamp
	@failed=""; \
	echo "== ruff check"; $(BIN)/ruff check . || failed="$$failed ruff-check"; \
	echo "== ruff format"; $(BIN)/ruff format --check . || failed="$$failed ruff-format"; \
	echo "== import-linter"; $(BIN)/lint-imports || failed="$$failed import-linter"; \
	echo "== pyright"; $(BIN)/pyright || failed="$$failed pyright"; \
	if [ -n "$$failed" ]; then echo "make check: FAILED:$$failed"; exit 1; fi

format: $(VENV)/dev.stamp
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench: $(VENV)/run.stamp peers
	@$(BIN)/omnibound bench $(ARGS)

# Newer pins: make requirements ARGS=--upgrade
requirements: $(VENV)/pyvenv.cfg
	@$(INSTALL) requirements/lock.txt
	@cd requirements && for name in run dev lock; do $(COMPILE) $$name.in --output-file $$name.txt; done

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Omnibound needs Python 3.11 or later")'
	@$(PYTHON) -m venv $(VENV)

# dev.txt holds all of run.txt at the same versions (tests/test_house.py), so either stamp serves `make run`.
$(VENV)/run.stamp: requirements/run.txt pyproject.toml | $(VENV)/pyvenv.cfg
	@echo "installing what Omnibound needs into $(VENV) ..."
	@$(INSTALL) requirements/run.txt
	@$(PROJECT)
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt pyproject.toml | $(VENV)/pyvenv.cfg
	@echo "installing what Omnibound's tests need into $(VENV) ..."
	@$(INSTALL) requirements/dev.txt
	@$(PROJECT)
	@touch $@ $(VENV)/run.stamp

clean:
	@rm -rf $(VENV) build dist .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
