# Two commands matter: make run, make test. Everything is installed into .venv.
PYTHON ?= python3
BIN := .venv/bin
RECORDING ?=
ONLY ?=
# What Python has compiled is kept: each process that a test starts would compile the whole program anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test check bench endurance install format clean

run: install
	@$(BIN)/python packaging/try_out.py "$(RECORDING)"

# In the order of the folders: the journeys, each longer than most files, begin first, and both cores are busy to the end.
test: install
	@$(BIN)/python -m pytest -m "not endurance and not real_time" -n auto --maxprocesses 4 \
		--dist loadfile --no-loadscope-reorder
	@$(BIN)/python -m pytest tests/gui -m "real_time and not endurance" --reruns 2

endurance: install
	@$(BIN)/python -m pytest -m endurance

check: install
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: install
	@$(BIN)/python -m tests.benchmarks $(ONLY)

format: install
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

install:
	@$(PYTHON) packaging/bootstrap.py

clean:
	rm -rf build dist .venv
