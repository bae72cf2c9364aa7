#!/usr/bin/env bash
# `make bench`: measure OctIM and the bare reference server in one run, in turns, with an optimised build.
# Call: bench.sh [ARGUMENTS of `octim bench`]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

cargo build --profile quick --bin octim
exec "$CARGO_TARGET_DIR/quick/octim" bench "$@"
