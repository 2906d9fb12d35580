# Needs Python 3.11 or newer (with venv) and make; the rest is fetched once. `make` alone lists the commands.
PYTHON ?= python3
RUN = .venv/bin/python

.DEFAULT_GOAL = help
.PHONY: help demo demo-reset story test lint prove bench run-tools test-tools

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: run-tools  ## an ERP and an AP service in step, with two partners' portals, on this machine
	@$(RUN) -m demo

demo-reset:  ## forget everything the demo made (not its downloads)
	@[ ! -x $(RUN) ] || $(RUN) -m demo.reset

story: run-tools  ## one purchase-to-pay day, step by step, ending with the agreement
	@$(RUN) -m demo.story

test: test-tools lint  ## the whole test suite
	@$(RUN) -m pytest

lint: test-tools  ## style, types, and who may import whom
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

prove: test-tools  ## crash, kill, fault and cut-over proofs; figures in var/proofs
	@$(RUN) -m proofs

bench: test-tools  ## one table of measured ratios
	@$(RUN) -m benchmarks

run-tools:
	@$(PYTHON) tools/install.py run

test-tools:
	@$(PYTHON) tools/install.py test
