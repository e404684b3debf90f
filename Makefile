# Everything runs in .venv, which the first target that needs it creates and installs.
# PYTHON=python3.12 selects another interpreter; PIP_FLAGS is passed to `pip install`.

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
	&& { echo $$python; break; }; done)
PIP_FLAGS ?=
BIN := .venv/bin
INSTALLED := .venv/installed
DOCS_INSTALLED := .venv/docs_installed

.PHONY: demo test soak lint docs clean

demo: $(INSTALLED)
	$(BIN)/python -m gan_tf.experiment --flagfile=experiments/digits.flags

test: $(INSTALLED)
	$(BIN)/python -m pytest -n auto --dist=loadfile

soak: $(INSTALLED)
	$(BIN)/python -m pytest -m soak

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/lint-imports

docs: $(DOCS_INSTALLED)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(INSTALLED): setup.cfg pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11, 3.12 or 3.13 found; \
	install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	{ echo "error: $(PYTHON) is not Python 3.11, 3.12 or 3.13; name one: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install $(PIP_FLAGS) --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

$(DOCS_INSTALLED): $(INSTALLED)
	$(BIN)/pip install $(PIP_FLAGS) --quiet --disable-pip-version-check --editable '.[docs]'
	@touch $@
