# Two commands on a fresh machine with Python >= 3.11, make and git:
#   make validate    sets everything up and judges the fast solver against the reference
#   make test        sets everything up and runs the tests
# Others: lint, bench, gate, nightly, lock, clean. Arguments: make validate ARGS="--quick --seed 7"
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN    := .venv/bin
ARGS   ?=
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: validate test lint bench gate nightly lock clean

validate: .venv/ready
	$(BIN)/electronwind validate $(ARGS)

test: .venv/ready
	$(BIN)/python -m pytest $(ARGS)

nightly: .venv/ready  ## the long ones: minutes to an hour
	$(BIN)/python -m pytest -m slow $(ARGS)
	$(BIN)/electronwind validate fast --thorough --seed $$(date +%j)

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports

bench: .venv/ready
	$(BIN)/asv machine --yes
	$(BIN)/asv run --show-stderr $(ARGS) HEAD^!

gate: .venv/ready  ## is HEAD slower than its parent? make gate ARGS="main HEAD"
	$(BIN)/asv machine --yes
	$(BIN)/python benchmarks/gate.py $(ARGS)

lock:  ## needs uv; writes versions only, never an address
	uv pip compile --universal --python-version 3.11 --no-emit-index-url --no-annotate --no-header \
	  --upgrade pyproject.toml requirements/dev.in -o requirements/lock.txt

.venv/ready: pyproject.toml requirements/lock.txt
	@$(PYTHON) -m venv --clear .venv || \
	  { echo 'no usable Python >= 3.11 ($(PYTHON)); on Debian: apt-get install python3-venv;' \
	         'or: make PYTHON=/path/to/python3.11'; exit 1; }
	$(BIN)/python -m pip install --quiet -r requirements/lock.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

clean:
	rm -rf .venv .asv build dist
