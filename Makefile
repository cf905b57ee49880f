# Two commands matter: `make dev` and `make test`. Both install what the machine lacks (tools/), both use
# the dev profile, so aws-sdk-connect is compiled once between them.

# One target directory for all clones on a build machine: aws-sdk-connect takes minutes to compile.
ifdef CI
export CARGO_TARGET_DIR ?= $(HOME)/.cache/upload-broker/target
endif
export CARGO_TARGET_DIR ?= $(CURDIR)/target

.PHONY: help dev test soak bench build

help:
	@echo 'make dev     the local stack, in the foreground: no AWS account needed'
	@echo 'make test    every check'
	@echo 'make build   the deployable function and its checks'
	@echo 'make soak    the long runs'

dev:
	@tools/system
	cargo build --package upload-broker --package local-stack --bins
	exec $(CARGO_TARGET_DIR)/debug/local-stack $(DEV_FLAGS)

test:
	@tools/system
	tests/all
