# `make dev` and `make test` are the two commands to know. Both install what the machine lacks (tools/). Both use the dev
# profile and the same features, so that aws-sdk-connect is compiled only once.

# One target directory for all clones on a build machine: aws-sdk-connect takes minutes to compile.
ifdef CI
export CARGO_TARGET_DIR ?= $(HOME)/.cache/upload-broker/target
endif
export CARGO_TARGET_DIR ?= $(CURDIR)/target

.PHONY: help
help:
	@echo 'make dev      run the local stack in the foreground; needs no AWS account'
	@echo 'make test     run every check'
	@echo 'make soak     run the long tests, some 20 minutes'
	@echo 'make build    build the functions as they are deployed, and check them'
	@echo 'make bench    compare the broker with its peers: times, memory, instructions; SHORT=1 takes under three minutes'

# DEV_FLAGS go to local-stack: see `target/debug/local-stack --help`. DEV_ORIGINS and the ports reach it as variables.
.PHONY: dev
dev:
	@tools/system
	@tools/web
	@tools/dynalite >/dev/null
	@echo 'Compiling. The first time takes some minutes, most of them for aws-sdk-connect.'
	cargo build --workspace --bins
	NODE="$$(tools/dynalite)" exec $(CARGO_TARGET_DIR)/debug/local-stack $(DEV_FLAGS)

# `tests/all` prints each step's time; `tests/all STEP...` runs those steps only.
.PHONY: test
test:
	@tools/system chromium firefox javac
	tests/all

# Floods, bursts and outages of the shared table against the quota, with 1 to 20 instances; a key rotation during a flood
# of 10,000 tokens with unknown keys; 10,000 uploads with faults; and the ends of 1,000 uploads of which a third lose
# their tab.
.PHONY: soak
soak:
	@tools/system
	tests/soak/pace
	tests/soak/keys
	UPLOADS=10000 cargo test --workspace --test soak -- --nocapture
	UPLOADS=1000 cargo test --workspace --test ends -- many:: --nocapture

# A release build, which takes minutes on all cores. `sam build` does the same for a deployment.
.PHONY: build
build:
	@tools/system
	for function in upload-broker upload-finisher; do \
	  infra/build-function $$function $(CARGO_TARGET_DIR)/function/$$function && \
	  (cd $(CARGO_TARGET_DIR)/function/$$function && python3 -m zipfile -c ../../$$function.zip bootstrap) || exit 1; \
	done
	@ls -l $(CARGO_TARGET_DIR)/upload-broker.zip $(CARGO_TARGET_DIR)/upload-finisher.zip

# BENCH_FLAGS go to the driver: `--scale` shows how the cost grows, `--update-record` records the present cost.
.PHONY: bench
bench:
	@tools/system
	tests/bench/run $(BENCH_FLAGS)
