# Thin over the plain commands, which README.md shows too. Flags are passed on: make test ARGS="-k neurons -x"
.DEFAULT_GOAL := help
.PHONY: help setup lab test run bench html lint browser install-test mutants publish lock
PYTHON ?= python3
ARGS ?=
REPO ?=
VENV := .venv/bin/python

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

setup: ## create .venv and install everything (done by the others when needed)
	@$(PYTHON) tools/set_up.py

lab: setup ## open JupyterLab at the course's map; ARGS="--no-browser --port 9999"
	@$(VENV) tools/lab.py $(ARGS)

test: setup ## unit tests and every cell of every notebook, two files at a time; ARGS="-n 0": one
	@$(VENV) -m pytest -n auto --dist loadfile $(ARGS)

run: setup ## execute all notebooks in order and save their outputs; ARGS="notebooks/01*.ipynb"
	@$(VENV) tools/run_notebooks.py $(ARGS)

bench: setup ## measure what the project claims (on the real MNIST too if DL_COURSE_DATA is set)
	@$(VENV) -m benchmarks.convolution
	@$(VENV) -m benchmarks.augmentation
	@$(VENV) -m benchmarks.fit_overhead
	@test -z "$$DL_COURSE_DATA" || $(VENV) -m benchmarks.stand_in
	@test -z "$$DL_COURSE_DATA" || $(VENV) -m benchmarks.deep_mnist --compare

html: setup ## notebooks as HTML pages, with alternative texts of the figures, in build/html
	@$(VENV) -m nbconvert --to html --config docs/nbconvert.json --output-dir build/html notebooks/*.ipynb

lint: setup ## check style and format of code and notebooks, and the package's types
	@$(VENV) -m ruff check . && $(VENV) -m ruff format --check . && $(VENV) -m mypy

browser: setup ## a notebook, the widgets and the map in headless Chromium; screenshots in build/
	@$(VENV) -m pytest -m browser tests/test_browser*.py $(ARGS)

install-test: setup ## build the wheel, install it into an empty environment, import it elsewhere
	@$(VENV) -m pytest -m install tests/test_install.py $(ARGS)

mutants: setup ## change the code in thousands of places: which changes do the tests not notice? (an hour)
	@$(VENV) -m uv pip install --quiet --python $(VENV) "mutmut>=3.8,<4"
	@$(VENV) tools/mutants.py $(ARGS)

publish: setup ## stamp the repository's address: make publish REPO=owner/name
	@$(VENV) tools/publish.py "$(REPO)"

lock: setup ## write constraints.txt anew: the newest versions that requirements.txt allows
	@$(VENV) tools/lock.py
