# README's two commands, each from a bare clone: `make gate RUN=spec19_r3d` and `make test`.

RUN ?= spec19_r3d
RUNS ?= *
JOBS ?= 1
PYTHON ?= python3
BIN := .venv/bin
OUT := out/$(shell printf '%s' '$(RUN)' | tr -c 'A-Za-z0-9._-' '_')
SOURCES := pyproject.toml setup.py package.json package-lock.json $(wildcard csrc/*.c csrc/*.h csrc/*.py)

.PHONY: all gate ladder ladder-table test check sanitize bench clean

all: check test

# The environment: Python packages, the compiled kernels, the same once more under the sanitizers
# (what fails there is the kernel gate's to say), the pinned page generator and font.
.setup-stamp: $(SOURCES)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "probegate needs Python 3.11 or newer; set PYTHON=")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@$(BIN)/python -c 'from reports.node import find_node; find_node()' 2>/dev/null \
	|| $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,node]'
	-$(BIN)/python csrc/sanitize.py --build
	$(BIN)/python -m reports.node
	@touch $@

# The suite decides; the page is drawn whatever it decided, and the exit status is the verdict's.
gate: .setup-stamp
	@$(BIN)/python -m pytest gates/ --run '$(RUN)' --out '$(OUT)' --quiet; \
	status=$$?; $(BIN)/python -m reports.page '$(OUT)' || true; exit $$status

# Every chosen rung, each judged in a process of its own; finished ones are kept.
ladder: .setup-stamp
	@$(BIN)/python -m reports.climb '$(RUNS)' --jobs $(JOBS)

ladder-table: .setup-stamp
	@$(BIN)/python -m reports.ladder '$(RUNS)'

test: .setup-stamp
	$(BIN)/python -m pytest tests/ --quiet --numprocesses 2

check: .setup-stamp
	$(BIN)/ruff check .
	$(BIN)/mypy

sanitize: .setup-stamp
	$(BIN)/python csrc/sanitize.py

bench: .setup-stamp
	$(BIN)/python -m bench.train

clean:
	rm -rf .venv node_modules build out .setup-stamp engine/_csrc*.so engine/_csrc*.c
