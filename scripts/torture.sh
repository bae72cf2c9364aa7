#!/usr/bin/env bash
# `make torture`: the faults of docs/reliability.md at length, and the conformance of WebSocket and HTTP.
# At most an hour on two cores. It prints its seed and writes a report; the same seed rolls the same dice.
# Call: [SEED=n] [ROUNDS=n] [REPORT=folder] torture.sh [STEP…]   (no step: all of them but the plants)
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

only=" $* "
seed=${SEED:-$((RANDOM * 32768 + RANDOM))}
report=${REPORT:-$CARGO_TARGET_DIR/torture/$(date -u +%Y%m%dT%H%M%SZ)-$seed}
limit=$((SECONDS + 3600))
mkdir -p "$report" && report=$(realpath "$report")
export OCTIM_TEST_SEED=$seed OCTIM_TEST_DEEP=true OCTIM_BIN=$CARGO_TARGET_DIR/debug/octim
[ -z "${ROUNDS:-}" ] || export OCTIM_TEST_ROUNDS=$ROUNDS
summary=$report/summary.txt
failed=0

tell() { say "$@" | tee -a "$summary"; }

# step NAME SECONDS COMMAND…: within its own limit and the hour's
step() {
  local name=$1 most=$2 began=$SECONDS code left
  shift 2
  [ "$only" = "  " ] || [[ $only == *" $name "* ]] || return 0
  left=$((limit - SECONDS))
  [ "$left" -gt 10 ] || { tell "$(printf '%-14s NOT RUN: the hour is over' "$name")"; failed=1; return 0; }
  say && say "== $name: $*"
  timeout --kill-after=20 "$((most < left ? most : left))" "$@" </dev/null 2>&1 | tee "$report/$name.log" | sed -u 's/^/   | /'
  code=${PIPESTATUS[0]}
  [ "$code" = 0 ] || failed=1
  tell "$(printf '%-14s %-7s %5ss  %s' "$name" "$([ "$code" = 0 ] && echo ok || echo "failed")" "$((SECONDS - began))" \
    "$(grep -hE '^ *(Summary|SKIPPED|Autobahn|[0-9]+ passed, [0-9]+ failed$)' "$report/$name.log" | tail -1)")"
}

tell "OctIM torture: SEED=$seed, $(git describe --always --dirty 2>/dev/null), $(nproc) cores, $(date -u +%FT%TZ)"
tell "report: $report"

nextest=(scripts/services.sh run cargo nextest run --profile torture --workspace --test faults --test cluster --test simulation
  --no-fail-fast --status-level pass --success-output final)
# What watches memory for ten minutes and what runs in virtual time share these minutes; the others measure time, and have all to themselves.
long='binary(simulation) + test(/^deep::coming_and_going/)'
step build          1200 cargo build --workspace --all-targets
step schemathesis    600 scripts/torture/schemathesis.sh "$report" "$((seed % 4294967296))" 60
step autobahn        300 scripts/torture/autobahn.sh "$report"
step onnx            300 scripts/torture/onnx.sh
step pitr            120 scripts/pitr-drill.sh
step side-by-side    900 scripts/side-by-side.sh
step long           1000 "${nextest[@]}" -E "$long"
step faults         2400 "${nextest[@]}" -E "not ($long)"
# They have a command of their own (`make plants`), and more than an hour's work: only when they are asked for.
[[ $only != *" plants "* ]] || step plants 3600 cargo xtask plant

tell
[ "$failed" = 0 ] && tell "all steps passed" || tell "some steps FAILED; run again with SEED=$seed"
exit "$failed"
