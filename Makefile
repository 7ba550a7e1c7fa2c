# Two commands are enough: `make run` to see it, `make test` to trust it. CONTRIBUTING.md says more.
PY := .venv/bin/python
SHELL := /bin/bash

.PHONY: run test drills lint lock pictures openapi help prepare-run prepare-test

help:
	@echo "make run     install, load the demo, serve; prints where to click"
	@echo "make test    install what tests need and run all of them, small"
	@echo "make drills  the drills in full size"
	@echo "make lint    ruff and mypy"
	@echo "make lock    renew requirements.lock"
	@echo "make openapi   renew static/openapi.json from the schemas"
	@echo "make pictures  renew the pictures of the README from the demo"

prepare-run prepare-test: prepare-%:
	@command -v python3 >/dev/null || { echo "Python is needed. Run: apt install python3 python3-venv"; exit 1; }
	@python3 tools/prepare.py $*

run: prepare-run
	@VENTANILLA_DEMO=1 exec .venv/bin/ventanilla demo serve

lint: prepare-test
	$(PY) -m ruff check
	$(PY) -m mypy

test: prepare-test
	@$(PY) tools/test.py

drills: prepare-test
	@$(PY) tools/test.py --full

lock:
	@python3 tools/lock.py

pictures: prepare-test
	$(PY) tools/screenshots.py

# The document that integrators read; tests say when it is out of date.
openapi: prepare-test
	@VENTANILLA_INSTANCE=build/openapi .venv/bin/ventanilla openapi > static/openapi.json
