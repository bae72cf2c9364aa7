#!/usr/bin/env bash
# R30 of docs/reliability.md: builds an earlier revision and lets it and today's build work side by side on one
# PostgreSQL, with people at both (crates/server/tests/cluster/side_by_side.rs).
# REVISION: without it the last release, and as long as there is none the newest revision with an earlier schema.
# Call: [OCTIM_BIN=…] side-by-side.sh [REVISION]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

skip() { say "SKIPPED: two builds side by side: $*"; exit 0; }

migrations=crates/store/migrations/postgres
# Migrations with their contents, of a revision and as they lie here.
migrations_of() { git ls-tree "$1" "$migrations/" | awk '{ print $3, $4 }' | sort; }
migrations_here() { local file; for file in "$migrations"/*.sql; do say "$(git hash-object "$file") $file"; done | sort; }
# How many of today's the revision lacks; an error when it has others.
lacks() {
  [ -z "$(comm -23 <(migrations_of "$1") <(migrations_here))" ] && comm -13 <(migrations_of "$1") <(migrations_here) | wc -l
}

newest_earlier() {
  local change lacking
  for change in $(git log --format=%h -- "$migrations"); do
    lacking=$(lacks "$change^" 2>/dev/null) || continue
    [ "$lacking" = 0 ] || { git rev-parse --short "$change^"; return; }
  done
}

git rev-parse --verify -q HEAD >/dev/null 2>&1 || skip "there is no history here to build from"
revision=${1:-$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null || newest_earlier)}
[ -n "$revision" ] || skip "no revision in the history has an earlier schema"
git rev-parse --verify -q "$revision^{commit}" >/dev/null || die "there is no revision $revision"
lacking=$(lacks "$revision") || die "$revision has migrations that are not among today's: nobody can update from it"

# What is built stays for the next time. The revision's folder must be there while its build runs.
place=$CARGO_TARGET_DIR/before
remove_tree() { git worktree remove --force "$place/tree" 2>/dev/null || rm -rf "$place/tree"; git worktree prune; }
trap remove_tree EXIT
remove_tree
git worktree add -q --detach "$place/tree" "$revision"
say "building $revision, which lacks $lacking of today's migrations"
(cd "$place/tree" && CARGO_TARGET_DIR=$place/target cargo build --workspace --bin octim)
OCTIM_BIN_BEFORE=$place/target/debug/octim \
  scripts/services.sh run cargo nextest run --workspace --test cluster --success-output final side_by_side
