#!/usr/bin/env bash
# `make test`: every check of the project, one step after another, and one total at the end.
# A failing step does not stop the rest; a step whose groundwork failed counts as failed without running.
# Call: test.sh [STEP…]   (no step: all of them)
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
export CARGO_TERM_COLOR=never NO_COLOR=1

only=" $* "
scratch=$(mktemp -d /tmp/octim-test.XXXXXX)
chmod 711 "$scratch" # PostgreSQL may run as another user and must pass through
declare -A state=()
report=() failures=() shaky=() passed=0 failed=0 job=

# Each step runs in a process group of its own (set -m), so that stopping this script stops all of it.
set -m
cleanup() {
  [ -z "$job" ] || kill -TERM -- "-$job" 2>/dev/null
  scripts/services.sh stop "$scratch/services"
  rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# record NAME PASSED FAILED NOTE
record() {
  passed=$((passed + $2)) failed=$((failed + $3))
  [ "$3" = 0 ] && state[$1]=ok || state[$1]=failed
  report+=("$(printf '%-7s %-16s %5s  %s' "${state[$1]}" "$1" "$4" "$2 passed, $3 failed")")
  say "${report[-1]}"
}

# step NAME KIND NEEDS COMMAND…
#   KIND  check: one result, the exit status; tests: the command prints how many passed and failed
#   NEEDS names of earlier steps, in one word separated by commas, or "-"
step() {
  local name=$1 kind=$2 needs=$3 need began=$SECONDS code p=0 f=0
  shift 3
  [ "$only" = "  " ] || [[ $only == *" $name "* ]] || return 0
  say && say "== $name: $*"
  for need in ${needs//,/ }; do
    [ "${state[$need]:-ok}" = failed ] || continue
    say "not run: it needs the step $need, which failed"
    record "$name" 0 1 -
    return 0
  done

  { "$@" </dev/null 2>&1 9>&- | tee "$scratch/log" | sed -u 's/^/   | /'; exit "${PIPESTATUS[0]}"; } &
  job=$!
  wait "$job"
  code=$?
  job=

  [ "$kind" = check ] || read -r p f < <(awk -f scripts/count.awk "$scratch/log")
  if [ "$code" != 0 ] && [ "$f" = 0 ]; then f=1
  elif [ "$code" = 0 ] && [ "$kind" = check ]; then p=1
  elif [ "$code" = 0 ] && [ "$p" = 0 ]; then f=1 && say "no test ran"
  fi
  record "$name" "$p" "$f" "$((SECONDS - began))s"
  mapfile -t -O "${#shaky[@]}" shaky < <(grep -a '^shaky ' "$scratch/log")
  [ "$f" = 0 ] || failures+=("$(failures_in "$scratch/log" | sed "s/^/$name: /")")
}

# The lines by which test runners and compilers name what failed, each once, at most thirty.
failures_in() {
  sed 's/\x1b\[[0-9;]*m//g' "$1" | grep -aE -A1 '^ *(FAIL|TIMEOUT|SIG[A-Z]+|not ok|error(\[E[0-9]+\])?:) ' |
    awk '$0 != "--" && !seen[$0]++ && n++ < 30'
}

# Runs that share one build folder take turns. Cargo goes by the age of files, so the sources of this
# clone are made newer than whatever another clone left there.
if [ -n "${shared_target:-}" ]; then
  exec 9>"$cache_dir/lock"
  flock -n 9 || { say "waiting for another run to finish" && flock -w 3600 9; } || die "another run holds $cache_dir/lock"
  git ls-files -z --cached --others --exclude-standard | xargs -0 touch -c
  export CARGO_INCREMENTAL=0
fi

export OCTIM_BIN=$CARGO_TARGET_DIR/debug/octim
if cargo nextest --version >/dev/null 2>&1
then rust_tests=(cargo nextest run --workspace)
else rust_tests=(cargo test --workspace --no-fail-fast --lib --bins --tests -- --skip deep::)
fi

step setup       check -                scripts/setup.sh test
step counter     tests -                scripts/count.test.sh
step format      check -                cargo fmt --all --check
step web-build   check setup            npm run build
step build       check setup            cargo build --workspace --all-targets
step tidy        check build            "$CARGO_TARGET_DIR/debug/xtask" tidy
step codegen     check build            "$CARGO_TARGET_DIR/debug/xtask" codegen --check
step clippy      check build            cargo clippy --workspace --all-targets -- -D warnings
step services    check setup            scripts/services.sh start "$scratch/services" $$
[ ! -e "$scratch/services/env" ] || . "$scratch/services/env"
step rust-tests  tests build            "${rust_tests[@]}"
step web-types   check setup            npm run typecheck
step web-tests   tests setup            npm test
step budgets     check web-build        npm run budgets
step e2e         tests build,web-build  npm run e2e

say && say "== all steps"
printf '%s\n' "${report[@]}"
[ ${#shaky[@]} = 0 ] || { say && say "== passed only the second time" && printf '%s\n' "${shaky[@]}"; }
[ ${#failures[@]} = 0 ] || { say && say "== what failed" && printf '%s\n' "${failures[@]}"; }
say
say "$passed passed, $failed failed"
[ "$failed" = 0 ]
