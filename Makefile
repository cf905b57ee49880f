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

# DEV_FLAGS go to local-stack: see `target/debug/local-stack --help`.
.PHONY: dev
dev:
	@tools/system
	@echo 'Compiling. The first time takes some minutes, most of them for aws-sdk-connect.'
	cargo build --workspace --bins
	exec $(CARGO_TARGET_DIR)/debug/local-stack $(DEV_FLAGS)

.PHONY: test
test:
	@tools/system
	tests/all
