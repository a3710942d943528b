# The front door. Each target says what it does; the work is in scripts/.
.DEFAULT_GOAL := help
.PHONY: help start test bench lint docs format asan tsan differential leakhunt soak fuzz clean
MAKEFLAGS += --no-print-directory

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

start: ## build for release and serve on SQLite at http://localhost:8055, data in ./data
	@scripts/install-packages.sh build
	@scripts/build.sh release -DASHLAR_TESTS=OFF -DASHLAR_BENCH=OFF ashlar
	@scripts/start.sh

test: ## build for debugging and run all tests
	@scripts/install-packages.sh build test
	@scripts/test.sh

bench: ## build for release and run the benchmarks
	@scripts/install-packages.sh build bench
	@scripts/bench.sh

lint: ## check format, layers and lengths of the sources
	@scripts/install-packages.sh lint
	@scripts/lint.sh

docs: ## write docs/settings.md from the table in the sources
	@scripts/install-packages.sh build
	@scripts/build.sh debug -DASHLAR_TESTS=ON -DASHLAR_BENCH=OFF ashlar
	@build/debug/ashlar docs settings >docs/settings.md

format: ## format the sources
	@scripts/install-packages.sh lint
	@scripts/sources.sh | xargs -0 -r clang-format -i
	@echo "Formatted."

asan: ## run the unit tests and bad input with AddressSanitizer and UndefinedBehaviorSanitizer
	@scripts/install-packages.sh build test
	@scripts/sanitize.sh asan

tsan: ## run the unit tests with ThreadSanitizer
	@scripts/install-packages.sh build test
	@scripts/sanitize.sh tsan

differential: ## compare the answers to 20 000 random queries on each database with those of a plain model
	@scripts/install-packages.sh build test
	@scripts/differential.sh

leakhunt: ## ask 20 000 random questions with random rights on each database: nothing hidden may come out
	@scripts/install-packages.sh build test
	@scripts/leakhunt.sh

soak: ## keep two processes under load for SOAK_SECONDS (600) while everything they stand on fails in turn
	@scripts/install-packages.sh build test
	@scripts/soak.sh

fuzz: ## run each fuzzer for FUZZ_SECONDS (600)
	@scripts/install-packages.sh build fuzz
	@scripts/fuzz.sh

clean: ## remove what was built (./data stays)
	rm -rf build
