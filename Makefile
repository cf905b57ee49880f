# Two commands matter: `make dev` and `make test`. Both install what the machine lacks (tools/), and both
# use the dev profile and one set of features, so that aws-sdk-connect is compiled once between them.

# One target directory for all clones on a build machine: aws-sdk-connect takes minutes to compile.
ifdef CI
export CARGO_TARGET_DIR ?= $(HOME)/.cache/upload-broker/target
endif
export CARGO_TARGET_DIR ?= $(CURDIR)/target

.PHONY: help
help:
	@echo 'make dev      the local stack, in the foreground; no AWS account needed'
	@echo 'make test     every check'
	@echo 'make soak     the long runs'
	@echo 'make build    the function as it is deployed, and the checks on it'
	@echo 'make bench    the broker beside its peers: times, memory, instructions; SHORT=1 for under three minutes'

# DEV_FLAGS go to local-stack: see `target/debug/local-stack --help`.
.PHONY: dev
dev:
	@tools/system
	@tools/web
	@echo 'Compiling. The first time takes some minutes, most of them for aws-sdk-connect.'
	cargo build --workspace --bins
	exec $(CARGO_TARGET_DIR)/debug/local-stack $(DEV_FLAGS)

# `tests/all` prints each step's time; `tests/all STEP...` runs those steps only.
.PHONY: test
test:
	@tools/system chromium javac
	tests/all

# Bursts against the quota with 1, 4 and 16 instances, a rotation of keys in a flood of 10,000 unknown ones, and
# 10,000 uploads with faults: some twenty minutes.
.PHONY: soak
soak:
	@tools/system
	tests/soak/burst
	tests/soak/keys
	UPLOADS=10000 cargo test --workspace --test soak -- --nocapture

# A release build: minutes, on all cores. `sam build` does the same for a deployment.
.PHONY: build
build:
	@tools/system
	infra/build-function $(CARGO_TARGET_DIR)/function
	cd $(CARGO_TARGET_DIR)/function && python3 -m zipfile -c ../upload-broker.zip bootstrap
	@ls -l $(CARGO_TARGET_DIR)/upload-broker.zip

# BENCH_FLAGS go to the driver: `--scale` shows how the cost grows, `--update-record` records what it is now.
.PHONY: bench
bench:
	@tools/system
	tests/bench/run $(BENCH_FLAGS)
