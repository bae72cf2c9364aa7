#!/usr/bin/env bash
# The own encoder with a real ONNX Runtime (PyPI, in a throw-away virtual environment): the models of
# crates/onnx/tests/data, good and bad, and `octim doctor` with one of them.
# Call: onnx.sh   (ONNXRUNTIME=/path/libonnxruntime.so takes that one)
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/lib.sh

octim=$(realpath "${OCTIM_BIN:-$CARGO_TARGET_DIR/debug/octim}")
scratch=$(mktemp -d /tmp/octim-onnx.XXXXXX)
trap 'rm -rf "$scratch"' EXIT

library=${ONNXRUNTIME:-}
if [ -z "$library" ]; then
  python3 -m venv "$scratch/venv" && "$scratch/venv/bin/pip" install -q --no-deps 'onnxruntime>=1.17,<2'
  library=$(find "$scratch/venv" -name 'libonnxruntime.so.*' | head -1)
  [ -n "$library" ] || die "the package onnxruntime has no libonnxruntime.so"
fi

cargo run --quiet --package onnx --example with_a_runtime -- check "$library"

export OCTIM_ENCODER__MODEL=$PWD/crates/onnx/tests/data/tiny OCTIM_ENCODER__LIBRARY=$library
for locale in en zh-CN; do
  # (Other findings are of a server that was not set up.)
  "$octim" doctor --data-dir "$scratch/data" --locale "$locale" >"$scratch/$locale" || true
  grep -E '(ok +encoder +tiny, 16 numbers|正常 句向量 +tiny，每段文字 16 维)' "$scratch/$locale"
done
