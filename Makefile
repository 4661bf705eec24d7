# `make lab`, `make demo` and `make test` need Python 3.11 or newer, make and git, nothing else: Node
# for the viewer comes from PyPI where the machine has none.
# PYTHON=/path/to/python chooses another Python than the one scripts/find_python.py would find.

.PHONY: help lab demo test lint bench clean viewer
.PHONY: lab-environment test-environments graphviz system-packages

VENV = .venv
OLDEST = .venv-oldest
ENVIRONMENT = python3 scripts/environment.py
VIEWER = python3 scripts/viewer.py

# What the shorter run on the oldest JAX leaves out: large programs, and models; what runs in a
# browser knows no JAX.
SHORT = not full and not large and not browser

help:
	@echo "make lab    run examples/quickstart.ipynb and leave it open in JupyterLab"
	@echo "make demo   run it without a server and write the report to a file"
	@echo "make test   all that CI runs: lint, types, tests on the newest and on the oldest JAX"
	@echo "make lint   only ruff and pyright, tsc and biome"
	@echo "make viewer build the viewer, where it has changed"
	@echo "make bench  the benchmarks"
	@echo "make clean  remove the environments and what was built"

lab: lab-environment graphviz
	@$(VENV)/bin/python scripts/quickstart.py lab

demo: lab-environment graphviz
	@$(VENV)/bin/python scripts/quickstart.py demo

test: test-environments system-packages lint
	@echo "--- the viewer without a browser"
	$(VIEWER) test
	@echo "--- newest: full run"
	JAX_PLATFORMS=cpu $(VENV)/bin/python -m pytest -n 2
	@echo "--- oldest: what was there before jaxlab"
	$(OLDEST)/bin/python scripts/check_oldest.py
	@echo "--- oldest: shorter run"
	JAX_PLATFORMS=cpu $(OLDEST)/bin/python -m pytest -n 2 -m "$(SHORT)"

lint: test-environments
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/pyright --pythonpath $(VENV)/bin/python
	$(VIEWER) check

viewer:
	@$(VIEWER)

bench: test-environments
	JAX_PLATFORMS=cpu $(VENV)/bin/python -m benchmarks

clean:
	rm -rf $(VENV) $(OLDEST) .venv-node build dist jaxlab/viewer/static
	rm -rf labextension/build labextension/dist labextension/node_modules

lab-environment: viewer
	@$(ENVIRONMENT) $(VENV) --extras lab --requirements examples/requirements.txt

test-environments: viewer
	@$(ENVIRONMENT) $(VENV) --extras lab,lint,models,notebook,test --requirements examples/requirements.txt
	@$(ENVIRONMENT) $(OLDEST) --oldest --extras test

graphviz:
	@sh scripts/system_packages.sh graphviz

system-packages:
	@sh scripts/system_packages.sh graphviz chromium
