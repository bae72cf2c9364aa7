#!/usr/bin/env bash
# Installs what is missing for `make run` or `make test`: Debian packages with apt, web packages with npm.
# Call: setup.sh run|test
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

have() { command -v "$1" >/dev/null; }

have cargo || die "Rust is missing: see https://rustup.rs"
if [ "${1:-test}" = test ] && ! { cargo fmt --version && cargo clippy --version; } >/dev/null 2>&1; then
  say "rustfmt or clippy is missing: installing them with rustup"
  rustup component add rustfmt clippy
fi

have node || die "Node.js 20 or newer is missing"
node_major=$(node -p 'process.versions.node.split(".")[0]')
[ "$node_major" -ge 20 ] || die "Node.js 20 or newer is needed; this is $(node --version)"

missing=()
have cc || missing+=(build-essential)
if [ "${1:-test}" = test ]; then
  have chromium || missing+=(chromium)
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
  have redis-server || missing+=(redis-server)
  have sqlite3 || missing+=(sqlite3)
  have tc || [ -x /usr/sbin/tc ] || missing+=(iproute2)
  compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null || missing+=(libfaketime)
  dpkg -s fonts-noto-cjk >/dev/null 2>&1 || missing+=(fonts-noto-cjk)
fi

if [ ${#missing[@]} -gt 0 ]; then
  say "missing Debian packages: ${missing[*]}; installing them with apt"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  say "web packages are missing or out of date: installing them with npm"
  npm ci --no-progress
fi
say "everything needed is installed"
