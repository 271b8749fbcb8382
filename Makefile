# The few commands a person needs; everything else is CMake (HACKING.md).

.PHONY: help setup build demo demo-guard test fuzz bench bench-stats bench-verdicts bench-probes bench-guard bench-gate bench-control-plane format clean

help:
	@echo 'make setup    install what is needed, from Debian 12 packages (as root)'
	@echo 'make demo     three deployments judged for real on this machine (as root, about three minutes)'
	@echo 'make demo-guard  a deploy script that depends on what it deploys, seen and stopped (as root)'
	@echo 'make test     build and run every test, with sanitizers, and the guard scripts'
	@echo 'make fuzz     a minute of mutated input for every parser of what processes and people feed us'
	@echo 'make bench    measure what Haldane promises, beside its peers; fails when a promise is not met'
	@echo 'make build    build the three binaries and the dashboard into build/release'
	@echo 'make format   lay out every source as the tests require'
	@echo 'make clean    remove everything that was built'

setup:
	@scripts/setup.sh

build: setup
	@cmake --preset release --log-level=WARNING
	@cmake --build --preset release -- haldane haldane-agent haldane-controller dashboard

demo: build
	@deploy/demo/run.py build/release

demo-guard: build
	@deploy/demo-guard/run.py build/release

test: setup
	@scripts/test.py

bench: bench-stats bench-verdicts bench-probes bench-guard bench-gate bench-control-plane

# Seconds: what the statistics cost.
bench-stats: setup
	@cmake --preset release --log-level=WARNING
	@cmake --build --preset release -- bench-stats
	@build/release/benchmarks/stats/bench-stats build/bench/stats.json

# Three minutes, as root, on a machine that does nothing else.
bench-probes: setup
	@cmake --preset release --log-level=WARNING
	@cmake --build --preset release -- bench-probes
	@mkdir -p build/bench
	@build/release/benchmarks/probes/bench-probes --json build/bench/probes.json --markdown docs/operating.md

# As root, a few minutes.
bench-guard: setup
	@cmake --preset release --log-level=WARNING
	@cmake --build --preset release -- bench-guard
	@benchmarks/guard/bench.py build/release --json build/bench/guard.json

# Five minutes, as root.
bench-gate: setup
	@cmake --preset release --log-level=WARNING
	@cmake --build --preset release -- bench-gate
	@benchmarks/gate/bench.py build/release --json build/bench/gate.json

# Two minutes.
bench-control-plane: setup
	@cmake --preset release --log-level=WARNING
	@cmake --build --preset release -- bench-control-plane haldane-controller
	@mkdir -p build/bench
	@build/release/benchmarks/control_plane/bench-control-plane build/release/controller/haldane-controller \
	  --json build/bench/control-plane.json

# Half an hour. Numbers go to build/bench, the report into docs/statistics.md and docs/plots. When interrupted it goes
# on where it was.
bench-verdicts: setup
	@cmake --preset release --log-level=WARNING
	@cmake --build --preset release -- bench-verdicts
	@build/release/benchmarks/verdicts/bench-verdicts --json build/bench/verdicts.json --markdown docs/statistics.md

# A minute for each fuzzer; what it finds of new paths is kept in tests/fuzz/corpus.
fuzz: setup
	@scripts/fuzz.sh 60

format:
	@scripts/check_format.sh --fix

clean:
	rm -rf build
