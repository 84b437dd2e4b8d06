# SPDX-License-Identifier: MIT
# Short commands; the work is done by scripts/ and CMakePresets.json. 'make help' lists them.
.DEFAULT_GOAL := help
.PHONY: help build test demo bench gpu-bundle format lint arm asan tsan fuzz docs install clean
.NOTPARALLEL:

PREFIX ?= /usr/local
CTEST_FLAGS ?=

help: ## this list
	@echo "make TARGET, where TARGET is one of"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do \
	  printf '  %-10s %s\n' "$$name" "$$text"; done
	@echo "JOBS=n limits how many compilers and tests run at once."

build: ## install what is missing from Debian's packages and build the release preset
	@scripts/bootstrap build
	@scripts/build release

test: ## build, then run every test that needs no GPU (CTEST_FLAGS="-L unit" picks some)
	@scripts/bootstrap test
	@scripts/build release
	@scripts/test release $(CTEST_FLAGS)

demo: ## a photograph through a pipeline of kernels, with a report of where the time went; then faults on a device that works
	@scripts/bootstrap demo
	@scripts/build release example_photo dotcompute_cli dotcompute-compiler dotcompute-worker
	@scripts/demo release

bench: ## measure against PoCL, OpenMP and other allocators on this machine; writes build/measurements/
	@scripts/bootstrap bench
	@scripts/build release
	@scripts/bench release

gpu-bundle: ## everything that runs the suites and benchmarks on a bare GPU machine, in build/gpu-bundle/
	@scripts/bootstrap bundle
	@scripts/build release $$(scripts/gpu-bundle --targets)
	@scripts/gpu-bundle build/release

format: ## bring the sources into the project's format
	@scripts/bootstrap format
	@scripts/check-format --fix

lint: ## clang-tidy over the sources; SINCE=main reads only rooms that differ from that commit
	@scripts/bootstrap lint
	@scripts/build release
	@scripts/lint release $(if $(SINCE),--since $(SINCE))

arm: ## compile everything but the tests for 64-bit Arm, without linking
	@scripts/bootstrap arm
	@scripts/build release
	@scripts/check-arm release

asan: ## build and test under AddressSanitizer and UndefinedBehaviorSanitizer
	@scripts/bootstrap test
	@scripts/build asan
	@scripts/test asan $(CTEST_FLAGS)

tsan: ## build and test under ThreadSanitizer
	@scripts/bootstrap test
	@scripts/build tsan
	@scripts/test tsan $(CTEST_FLAGS)

fuzz: ## libFuzzer on source text, FUZZ_SECONDS=n (60) seconds
	@scripts/bootstrap fuzz
	@scripts/fuzz $(or $(FUZZ_SECONDS),60)

docs: ## the API reference into build/docs/html
	@scripts/bootstrap docs
	@scripts/docs

install: build ## install below PREFIX (/usr/local); DESTDIR is honoured
	@cmake --install build/release --prefix $(PREFIX)

clean: ## remove everything that was built
	@rm -rf build
