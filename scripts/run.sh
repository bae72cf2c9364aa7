#!/usr/bin/env bash
# `make run`: build the web and the binary, then start OctIM on SQLite with the demo shop.
# Call: run.sh LISTEN DATA_DIR
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

step() { say; say "[$1/3, $(date +%H:%M:%S)] $2"; }

step 1 "Setting up"
scripts/setup.sh run

step 2 "Building the console and the chat window"
npm run build

step 3 "Building the octim binary (the first time takes some minutes)"
cargo build --profile quick --bin octim # from the root: the features of the whole workspace

say
exec "$CARGO_TARGET_DIR/quick/octim" demo --data-dir "$2" --listen "$1"
