#!/usr/bin/env bash
# Schemathesis (PyPI, in a throw-away virtual environment) on openapi.json against a running server, all checks,
# once as the owner and once as a visitor. Skipped loudly where there is no Python or no package index.
# Call: schemathesis.sh REPORT_DIR SEED EXAMPLES
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/lib.sh

report=$(realpath -m "$1") seed=$2 examples=$3
octim=$(realpath "${OCTIM_BIN:-$CARGO_TARGET_DIR/debug/octim}")
scratch=$(mktemp -d /tmp/octim-schemathesis.XXXXXX)
mkdir -p "$report"
server=
cleanup() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$scratch"
}
trap cleanup EXIT

st=${SCHEMATHESIS:-}
if [ -z "$st" ]; then
  if ! { python3 -m venv "$scratch/venv" && "$scratch/venv/bin/pip" install -q 'schemathesis>=4,<5'; } >"$report/install.log" 2>&1; then
    say "SKIPPED: schemathesis cannot be installed (see $report/install.log)"
    exit 0
  fi
  st=$scratch/venv/bin/st
fi

port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
url=http://127.0.0.1:$port
export OCTIM_LIMITS__RELAXED=true
printf 'a torture is a long test' >"$scratch/password"
"$octim" setup --data-dir "$scratch/data" --workspace Torture --owner-email owner@octim.test \
  --owner-password-file "$scratch/password" >/dev/null
"$octim" serve --data-dir "$scratch/data" --listen "127.0.0.1:$port" >"$report/server.log" 2>&1 &
server=$!
for _ in $(seq 100); do curl -fso /dev/null "$url/readyz" && break; sleep 0.1; done

field() { node -pe "JSON.parse(require('fs').readFileSync(0)).$1"; }
ask() { curl -sS --fail-with-body -H 'content-type: application/json' -H "origin: $url" "$@"; }
me=$(ask -c "$scratch/cookies" -d '{"email":"owner@octim.test","password":"a torture is a long test"}' "$url/api/login")
cookie=sid=$(awk '$6 == "sid" { print $7 }' "$scratch/cookies")
csrf=$(field csrf_token <<<"$me")
key=$(ask -b "$cookie" "$url/api/channels" | field 'channels[0].key')
token=$(ask -d "{\"channel\":\"$key\"}" "$url/api/visitor/session" | field token)
# Something to find: a conversation, a team, an entry of the knowledge base.
ask -H "authorization: Bearer $token" -o /dev/null "$url/api/visitor/messages" \
  -d '{"client_id":"first","content":{"type":"text","text":"在吗？"}}'
ask -b "$cookie" -H "x-csrf-token: $csrf" -o /dev/null -d '{"name":"Sales","member_ids":[]}' "$url/api/teams"

"$octim" openapi >"$scratch/openapi.json"
# 413, 415 and 422 are the answers to rules that a schema cannot state (a team that must exist, a picture that
# must be whole, a receipt behind the newest message), so a request that fits the schema may get them.
cat >"$scratch/schemathesis.toml" <<TOML
[auth.openapi.session]
api_key = "${cookie#sid=}"
[auth.openapi.visitor]
bearer = "$token"
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "413", "415", "422"]
TOML
failed=0
# run NAME ARGUMENTS…
run() {
  local name=$1
  shift
  say "== schemathesis as $name, seed $seed"
  (cd "$scratch" && "$st" --config-file schemathesis.toml run "$scratch/openapi.json" --url "$url" --checks all --seed "$seed" --max-examples "$examples" \
    --workers 1 --no-color --continue-on-failure --suppress-health-check all \
    --report junit --report-junit-path "$report/schemathesis-$name.xml" \
    "$@") >"$report/schemathesis-$name.txt" 2>&1 || failed=1
  sed -n '/^Failures:/,/^$/p; /^Test cases:/,/^$/p' "$report/schemathesis-$name.txt"
}
# What ends the session that asks is tried last.
ends=(--exclude-path /api/logout --exclude-operation-id delete_api_visitor_session --exclude-operation-id delete_api_me_sessions_id)
staff=(-H "X-Csrf-Token: $csrf" -H "Origin: $url")
run owner "${staff[@]}" --exclude-path-regex '^/api/visitor/' "${ends[@]}"
run visitor --include-path-regex '^/api/visitor/' "${ends[@]}"
run goodbye "${staff[@]}" --include-path /api/logout \
  --include-operation-id delete_api_visitor_session --include-operation-id delete_api_me_sessions_id
kill -0 "$server" || { say "the server has ended"; failed=1; }
if grep -q panicked "$report/server.log"; then say "the server panicked"; failed=1; fi
exit "$failed"
