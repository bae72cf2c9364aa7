#!/usr/bin/env bash
# Keeps a database of a schema version as SQL, for the tests of upgrades: made once, before that schema is
# released, from the migrations and the rows of crates/store/tests/store/fixtures/seed (NNNN.sql, and what
# one database alone has: NNNN.postgres.sql), and never again.
# Call: scripts/services.sh run scripts/schema-fixture.sh VERSION      (needs sqlite3 and pg_dump)
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
fixtures=crates/store/tests/store/fixtures
number=${1:?which version?} version=$(printf '%04d' "${1:?}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# What sqlx notes of a migration. $1: how bytes are written, $2: file
note() {
  local sum name
  sum=$(sha384sum <"$2" | cut -d' ' -f1) name=$(basename "$2" .sql)
  echo "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
    values ($((10#${name%%_*})), '${name#*_}', true, $(printf "$1" "$sum"), 0);"
}

# The migrations up to the version, each with its rows. $1: database, $2: how bytes are written
script() {
  local file step
  for step in $(seq 1 "$number"); do
    file=$(compgen -G "crates/store/migrations/$1/$(printf '%04d' "$step")_*.sql")
    cat "$file" && note "$2" "$file"
    for file in "$fixtures/seed/$(printf '%04d' "$step")"{,."$1"}.sql; do [ ! -e "$file" ] || cat "$file"; done
  done
}

new() { [ ! -e "$1" ] || die "$1 exists: a released schema does not change"; mkdir -p "$(dirname "$1")"; }

sqlite=$fixtures/sqlite/$version.sql postgres=$fixtures/postgres/$version.sql
new "$sqlite"
new "$postgres"
{
  echo 'create table _sqlx_migrations (version bigint primary key, description text not null,
    installed_on timestamp not null default current_timestamp, success boolean not null, checksum blob not null,
    execution_time bigint not null);'
  script sqlite "x'%s'"
} | sqlite3 -bail "$scratch/octim.db" >/dev/null
sqlite3 "$scratch/octim.db" .dump >"$scratch/sqlite.sql"

url=${OCTIM_TEST_POSTGRES_URL:?} schema=fixture_$$
{
  echo "create schema $schema; set search_path to $schema;"
  echo 'create table _sqlx_migrations (version bigint primary key, description text not null,
    installed_on timestamptz not null default now(), success boolean not null, checksum bytea not null,
    execution_time bigint not null);'
  script postgres "'\\\\x%s'" | sed "s/ x'\([0-9a-f]*\)'/ '\\\\x\1'/g"
} | psql -q -v ON_ERROR_STOP=1 "$url"
pg_dump --schema="$schema" --no-owner --no-privileges --no-comments --inserts "$url" |
  grep -vE "^(SET |SELECT pg_catalog|CREATE SCHEMA|--|\\\\)" | cat -s | sed "s/$schema\.//g" >"$scratch/postgres.sql"
psql -q "$url" -c "drop schema $schema cascade" 2>/dev/null
mv "$scratch/sqlite.sql" "$sqlite"
mv "$scratch/postgres.sql" "$postgres"
say "$sqlite, $postgres"
