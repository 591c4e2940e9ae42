# Two commands: `make demo` shows the main job, `make test` runs every test.
# Both need Debian and Rust; what else they need they get from Debian's
# packages and crates.io. Downloads, stores and results are below .work/.

.PHONY: demo test test-format test-lint test-rust test-fuzz test-nix world fidelity cutoff pictures soak fuzz bench bench-startup fmt clean tools

demo:
	tests/nix/demo.sh

test: test-format test-lint test-rust test-fuzz test-nix

nixfmt = .work/nixfmt/bin/nixfmt
nix_files = $(shell find flake.nix nix src templates tests -name '*.nix')
shell_files = .ci/run $(shell find nix templates tests -name '*.sh')

# Cargo's tests compare with what Nix itself says.
nix = .work/nix/2.26

# Their foo-config scripts are tried.
config_packages = libcurl4-openssl-dev libpng-dev libncurses-dev libpcre2-dev libxml2-dev

tools:
	tests/tools/get-tools.sh
	tests/tools/get-nixfmt.sh .work/nixfmt
	tests/tools/get-nix.sh 2.26 $(nix)
	tests/tools/get-cross.sh .work/cross
	tests/tools/get-debs.sh .work/configs $(config_packages)

test-format: tools
	cargo fmt --check
	$(nixfmt) --check $(nix_files)

test-lint: tools
	cargo clippy --locked --all-targets -- --deny warnings
	shellcheck --external-sources --source-path SCRIPTDIR $(shell_files)

test-rust: tools
	PATH="$(CURDIR)/$(nix)/bin:$$PATH" cargo test --locked --no-fail-fast

# The corpus, and then some.
test-fuzz: tools
	tests/fuzz.sh -runs=20000

test-nix: tools
	tests/nix/run.sh

# Real packages on the splitting stdenv, updates of their libraries, and a table
# of what was built then and how long it took.
world: tools
	tests/nix/world/run.sh

# Every library of this machine and of Debian's cross compilers, in some
# thousand links each way; cargo test does the same with a sample.
fidelity: tools
	cargo test --locked --release --test fidelity -- --all

# A million damaged libraries of all machines; cargo test does some thousand.
MUTANTS = 1000000

soak: tools
	cargo test --locked --profile soak --test soak -- --cross .work/cross \
	  --mutants $(MUTANTS) --readelf 200
	SOAK=1 cargo test --locked --profile soak --test faults -- trees texts

# The readers of strangers' files, guided by coverage, for so long each.
SECONDS = 600

fuzz: tools
	tests/fuzz.sh -max_total_time=$(SECONDS)

# Real updates of Debian's: what each would compile again.
cutoff: tools
	tests/cutoff/run.sh

# What docs/plan.md shows.
pictures: cutoff
	tests/nix/plan/pictures.sh

# Times are a matter of the machine: ratios from one run, nothing asserted.
bench: tools
	tests/bench/stubs.sh
	tests/bench/interfaces.sh
	tests/bench/relink.sh

# What it costs to start programs whose libraries are found in different ways.
bench-startup: tools
	tests/bench/startup.sh

fmt: tools
	cargo fmt
	$(nixfmt) $(nix_files)

clean:
	cargo clean
	[ ! -e .work ] || { chmod -R u+w .work && rm -rf .work; }
