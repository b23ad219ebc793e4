# Two commands on a fresh machine with Python >= 3.11, make and git:
#   make validate    sets everything up and judges the fast solver against the reference
#   make test        sets everything up and runs the tests
# Others: lint, bench, gate, nightly, mutation, covering, peers, lock, clean. Arguments: make validate ARGS="--quick --seed 7"
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN    := .venv/bin
PIP    := $(BIN)/python -m pip install --quiet --no-compile
ARGS   ?=
KWANT  := 1.5.0
# As many processes of pytest as there are cores; JOBS=0 for one that a debugger can enter.
JOBS   ?= auto
PYTEST := $(BIN)/python -m pytest -n $(JOBS) --dist worksteal
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Hundreds of processes start in the tests; without these files each compiles all modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: validate test lint style mypy pyright arrows bench gate nightly mutation covering peers lock clean

validate: .venv/ready
	$(BIN)/electronwind validate $(ARGS)

test: .venv/ready
	$(PYTEST) $(ARGS)

nightly: .venv/ready  ## the long ones: minutes to an hour
	$(PYTEST) -m slow $(ARGS)
	ELECTRONWIND_CACHE= $(BIN)/electronwind validate fast --thorough --seed $$(date +%j)

# Four parts: make -j2 lint runs them side by side.
lint: style mypy pyright arrows

style: .venv/tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

mypy pyright: .venv/tools
	$(BIN)/$@

arrows: .venv/tools
	$(BIN)/lint-imports

bench: .venv/tools
	$(BIN)/asv machine --yes
	$(BIN)/asv run --show-stderr $(ARGS) HEAD^!

gate: .venv/tools  ## is HEAD slower than its parent? make gate ARGS="main HEAD"
	$(BIN)/asv machine --yes
	$(BIN)/python benchmarks/gate.py $(ARGS)

mutation: .venv/ready  ## an hour or more: make mutation ARGS="--sample 330 --seed 1 --markdown docs/mutation.md"
	$(BIN)/python -m pip install --quiet -r requirements/mutation.txt -c requirements/lock.txt
	nice $(BIN)/python -m electronwind.validation.campaigns.mutation $(ARGS)

covering: .venv/ready  ## after a change in the table of features or in what goes together
	$(BIN)/python -m pip install --quiet -r requirements/covering.txt
	$(BIN)/python -m electronwind.validation.campaigns.covering

peers: .peers/ready  ## QuTiP and Kwant as solvers under test (docs/peers.md); make peers ARGS="--seeds 50"
	.peers/bin/python -m electronwind.validation.campaigns.peers qutip $(ARGS)
	.peers/bin/python -m electronwind.validation.campaigns.peers kwant $(ARGS)

LOCK := uv pip compile --universal --python-version 3.11 --no-emit-index-url --no-annotate --no-header --upgrade

lock:  ## needs uv; writes versions only, never an address
	$(LOCK) pyproject.toml requirements/dev.in -o requirements/lock.txt
	$(LOCK) requirements/tools.in -o requirements/tools.txt

.venv/ready: pyproject.toml requirements/lock.txt
	@$(PYTHON) -m venv --clear .venv || \
	  { echo 'no usable Python >= 3.11 ($(PYTHON)); on Debian: apt-get install python3-venv;' \
	         'or: make PYTHON=/path/to/python3.11'; exit 1; }
	# Python compiles what is imported when it first is; all of it takes as long again as the installation. Our
	# own is compiled meanwhile: every process of the tests would begin with it. The pip of an old Python takes
	# twice as long to read the index; the lock file names all that others need, so that two can share the work.
	@$(PYTHON) -m compileall -q src fast reference validation & \
	awk '{ print > (".venv/half" NR % 2) }' requirements/lock.txt && \
	$(PIP) -c requirements/lock.txt pip && \
	{ $(PIP) --no-deps -r .venv/half0 & half=$$!; $(PIP) --no-deps -r .venv/half1 && wait $$half; } && \
	$(PIP) --no-deps --no-build-isolation -e . && wait
	touch $@

# What only lint and the benchmarks need.
.venv/tools: .venv/ready requirements/tools.txt
	$(PIP) --no-deps -r requirements/tools.txt
	touch $@

# Kwant has no wheel, and the C files in its archive are too old for numpy 2: Cython writes them anew.
.peers/ready: pyproject.toml requirements/lock.txt
	$(PYTHON) -m venv --clear .peers
	.peers/bin/python -m pip install --quiet -r requirements/lock.txt cython tinyarray wheel
	.peers/bin/python -m pip download --quiet --no-deps --no-binary :all: --no-build-isolation -d .peers kwant==$(KWANT)
	tar xzf .peers/kwant-$(KWANT).tar.gz -C .peers
	find .peers/kwant-$(KWANT) -name '*.pyx' | sed 's/pyx$$//' | \
	  while read -r stem; do rm -f "$${stem}c" "$${stem}cpp"; touch "$${stem}pyx"; done
	cd .peers/kwant-$(KWANT) && ../bin/python setup.py --quiet build_ext --cython && \
	  ../bin/python -m pip install --quiet --no-build-isolation --no-deps .
	.peers/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

clean:
	rm -rf .venv .peers .asv build dist
