# The same few commands everywhere. `make demo` and `make test` set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: demo test check fix bench serve docs messages generate heavy faults vectors requirements clean

demo: $(VENV)/.dev
	$(BIN)/openquality demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto -m "not heavy"

# Slow proofs: kill test, one-byte changes at every position.
heavy: $(VENV)/.dev
	$(BIN)/python -m pytest -m heavy

# Test data that others published, from a checkout of theirs: docs/spec/vectors.md.
vectors: $(VENV)/.dev
	$(BIN)/python -m tests.published $(SUITE) $(FOLDER)

# A fault at every system call of the publish path, with the figures (needs strace; minutes).
faults: $(VENV)/.dev
	$(BIN)/python -m pytest -m heavy tests/property/test_system_calls.py

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

fix: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

serve: $(VENV)/.dev
	$(BIN)/openquality serve --data .demo/serve

docs: $(VENV)/.dev
	$(BIN)/python -m docs.generate

# The catalogues of translations, from the source; `make messages LANGUAGE=pt` starts another.
messages: $(VENV)/.dev
	$(BIN)/python -m docs.messages $(LANGUAGE)

# The RDF face, from the schemas and catalogues.
generate: $(VENV)/.dev
	$(BIN)/python ontology/generate.py

# Pinned with hashes; no download addresses are recorded.
requirements:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q --group build -o requirements/build.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q pyproject.toml -o requirements/base.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q pyproject.toml --extra registry -o requirements/registry.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q pyproject.toml --extra registry --extra postgresql --extra rdf --extra mcp --group dev -o requirements/dev.txt

$(VENV)/.dev: requirements/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "openquality needs Python 3.11 or later; try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install -q --require-hashes -r requirements/dev.txt
	$(PIP) install -q --no-deps --no-build-isolation -e .
	touch $@

clean:
	rm -rf $(VENV) .demo dist build
