# Everything that a fresh machine needs to run, test and check the study. Each step is skipped when it is done already.
#   make PYTHON=python3.12 demo    with another interpreter than python3

PYTHON ?= python3
BENCH ?=
CONFIG ?=
STUDY ?= study
DRY_RUN ?=
WATCH ?=
UPGRADE ?=
SHARE ?= shared
# The longest first, so that no worker is left alone with them in the end.
TESTS ?= $(wildcard tests/real tests/workflow tests/bench tests/unit)
SLURM_PACKAGES := slurm-wlm slurmdbd munge mariadb-server
BROWSERS := chromium chromium-browser google-chrome google-chrome-stable chrome
SLURM_PROGRAMS := slurmctld slurmd slurmdbd munged mariadbd

VENV := .venv
INSTALLED := $(VENV)/.installed
RUN := PATH="$$PWD/$(VENV)/bin:$$PATH" $(VENV)/bin/python -m

.DEFAULT_GOAL := help
.PHONY: help environment demo check-data status test slurm-test browser-test bench lint lock clean-demo clean-work take-over share start-shared

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

environment: $(INSTALLED) ## install the locked packages into .venv (about 6 GB)

demo: $(INSTALLED) ## run the whole study on the embedded demo data, into demo/
	$(RUN) snakemake --profile profiles/demo all

check-data: $(INSTALLED) ## say of each data set what of it is there: make check-data CONFIG=my.yaml
	@PYTHONPATH=workflow_scripts $(VENV)/bin/python -m selcn.status.data_check $(if $(CONFIG),--configfile $(CONFIG))

# WATCH=1 renews the page every few seconds, until Ctrl-C. An environment that is there is left alone: a run may be using it.
status: $(if $(wildcard $(VENV)),,$(INSTALLED)) ## show what a study has done, does and waits for: make status STUDY=study
	@PYTHONPATH=workflow_scripts $(VENV)/bin/python -m selcn.status $(STUDY) $(if $(WATCH),--watch)

# A worker of pytest-xdist a core, at most eight: more would only wait for the studies that tests start from.
test: $(INSTALLED) ## run every test but those of slurm-test and browser-test, or those of make test TESTS=tests/unit
	OMP_NUM_THREADS=1 $(RUN) pytest --numprocesses logical --maxprocesses 8 --dist worksteal $(TESTS)

# Where they cannot be installed the tests are skipped, and say why. --no-install-recommends leaves out a mail server.
slurm-test: $(INSTALLED) ## test profiles/slurm on a Slurm of its own, which root on Debian brings up and down again
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && ! which $(SLURM_PROGRAMS) >/dev/null; then \
		apt-get -qq update && \
		DEBIAN_FRONTEND=noninteractive apt-get -qq --yes --no-install-recommends install $(SLURM_PACKAGES); \
	fi
	$(RUN) pytest tests/slurm

# Where Chromium cannot be installed, or the demo has not run, tests are skipped, and say why. One tries the page of a
# bundle of the demo.
TRIED := results/leakfree/bundle/cls-lae_sym-seg
browser-test: $(INSTALLED) ## test the report in Chromium, which root on Debian installs: its viewer, and the demo's page
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && [ -z "$$CHROMIUM$$(which $(BROWSERS))" ]; then \
		apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq --yes --no-install-recommends install chromium; \
	fi
	@[ ! -f demo/results/report/index.html ] || $(RUN) snakemake --profile profiles/demo $(TRIED)/metadata.json
	$(RUN) pytest --numprocesses logical --maxprocesses 4 --dist worksteal tests/browser

# On a machine that does nothing else. BENCH=--quick tries it, BENCH="--rows hair docs/results/cpu" chooses.
bench: $(INSTALLED) ## measure speed and memory beside what people use instead, into bench/ (minutes)
	$(RUN) benchmarks $(BENCH)

lint: $(INSTALLED) ## check style, spelling, types, the order of the packages, the rules and the Dockerfile
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) snakefmt --check Snakefile rules
	$(RUN) codespell_lib
	PYTHONPATH=workflow_scripts $(VENV)/bin/lint-imports --no-cache
	$(RUN) mypy
	$(VENV)/bin/hadolint Dockerfile
	$(RUN) snakemake --profile profiles/demo --lint

# --fork-strategy fewest: one version of each package on every Python.
lock: $(INSTALLED) ## renew envs/requirements.lock from envs/requirements.in; UPGRADE=--upgrade takes newer versions
	$(RUN) uv pip compile envs/requirements.in --output-file envs/requirements.lock --quiet --generate-hashes \
		--universal --python-version 3.11 --fork-strategy fewest --custom-compile-command "make lock" $(UPGRADE)

clean-demo: ## remove the demo's results
	rm -rf demo

# DRY_RUN=1 only tells what would go.
clean-work: ## free what a study's work/ keeps of former settings: make clean-work STUDY=study
	@PYTHONPATH=workflow_scripts $(PYTHON) -m selcn.jobs.former_work $(STUDY) $(if $(DRY_RUN),--dry-run)

take-over: $(INSTALLED) ## let a study take over its finished work of the version before: make take-over STUDY=study
	@PYTHONPATH=workflow_scripts $(VENV)/bin/python -m selcn.jobs.take_over $(STUDY)

# A run may be under way.
share: $(if $(wildcard $(VENV)),,$(INSTALLED)) ## share a study's predictions, not its images: make share STUDY=study SHARE=shared
	@PYTHONPATH=workflow_scripts $(VENV)/bin/python -m selcn.jobs.shared export $(STUDY) $(SHARE)

start-shared: $(INSTALLED) ## start a study from shared predictions: make start-shared SHARE=shared STUDY=study/shared
	@PYTHONPATH=workflow_scripts $(VENV)/bin/python -m selcn.jobs.shared import $(SHARE) $(STUDY)

# The stamp is written last and removed first, so that an installation that was cut short is begun anew.
$(INSTALLED): envs/requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON): not found; install Python 3.11 or newer, or name it, as in make PYTHON=python3.12 demo" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("$(PYTHON) is Python %d.%d, and this study needs 3.11 or newer; name another, as in make PYTHON=python3.12 demo" % sys.version_info[:2])'
	@PYTHONPATH=workflow_scripts $(PYTHON) -m selcn.workflow.clone_path "$$(pwd -P)"
	@[ ! -L $(VENV) ] || { echo "$(VENV) is a link to $$(readlink $(VENV)), which installing would empty; remove the link, so that make installs the packages here" >&2; exit 1; }
	@rm -f $@
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/python -m pip install --requirement $<
	@touch $@
