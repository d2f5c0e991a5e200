# Two commands matter: `make repro` and `make test`. Both set up first; nothing is installed outside .venv.
# Another Python, or an environment of your own: make PYTHON=python3.12 repro, make VENV=/path/to/env repro.
PYTHON ?= python3
VENV ?= .venv
N ?= 5
JOBS ?= auto

export PATH := $(abspath $(VENV))/bin:$(PATH)
export DVC_NO_ANALYTICS := 1
ready := $(VENV)/.ready

# What follows the scores of the embedded benchmark keeps one core busy, so two lists of stages run side by side.
one_side := describe show correlate@nas_bench_digits search@nas_bench_digits fast@nas_bench_digits
other_side := own fuse@nas_bench_digits control@nas_bench_digits distinguish@nas_bench_digits fast@darts_digits fronts@nas_bench_digits

.DEFAULT_GOAL := help
.PHONY: help setup repro test verify spot-check remeasure release bench paper book clean

help: ## this list
	@awk -F ' ## ' '/^[a-z-]+:.* ## / {sub(/:.*/, "", $$1); printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: $(ready) ## virtual environment with the exact versions of constraints.txt (4 min, 1.7 GB)

$(ready): constraints.txt pyproject.toml
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	@touch $@

repro: setup ## recompute everything that can be on this machine, claims and book included (about 20 min)
	dvc pull --quiet --allow-missing
	dvc repro score@nas_bench_digits
	printf '%s\n' '$(one_side)' '$(other_side)' | xargs -P 2 -L 1 dvc --wait-for-lock repro --single-item
	dvc repro

test: setup ## lint, tests, doctests, import contracts, every notebook with tiny parameters (about 12 min)
	dvc pull --quiet data.dvc
	ruff check --quiet .
	ruff format --quiet --check .
	pytest --quiet --numprocesses $(JOBS) --dist worksteal

verify: setup ## claims table, and each output against the committed one; fails on a broken claim (< 1 min)
	python -m untrained.verify

spot-check: setup ## recompute N random published scores, and train N random rows of the embedded bench again (10 s a row)
	dvc pull --quiet --allow-missing
	python -m untrained.notebooks notebooks/00_remeasure.py work/spot-check.ipynb --native -p spot_check $(N)
	python -m untrained.notebooks notebooks/12_spot_check.py work/spot-check-scores.ipynb --native -p count $(N)

remeasure: setup ## train the embedded bench again and release it into data/ (hours; resumes)
	python -m untrained.notebooks notebooks/00_remeasure.py work/remeasure.ipynb --native -p release true
	dvc add data
	dvc push data.dvc

release: setup ## the embedded scores, as computed here, become those that fusions on other benchmarks learn from
	dvc repro --single-item score@nas_bench_digits
	mkdir -p data/scores
	cp results/scores/nas_bench_digits-digits.parquet data/scores/nas_bench_digits.parquet
	dvc add data
	dvc push data.dvc

bench: setup ## measure the reference timings anew, on this machine (about an hour)
	python -m untrained.notebooks notebooks/08_cost.py results/notebooks/08_cost.ipynb --native -s time -p out results/timing
	dvc commit --force time
	dvc push --quiet time

paper: setup ## everything from the public originals or a mirror (UNTRAINED_MIRROR); hours on a CPU, resumes where it stopped
	dvc pull --quiet --allow-missing
	rm -f results/scores/*.parquet results/copied/*.parquet  # nothing published is kept: every score is computed here
	dvc repro --force --glob 'fetch@*' 'score_public@*' full_set
	dvc repro

book: setup ## the book alone, in public/
	python -m untrained.book

clean: ## remove what the pipeline made here; data, its store and the environment stay
	rm -rf build logs public results/ceilings results/scores results/correlations results/fusion results/notebooks
