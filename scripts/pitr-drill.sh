#!/usr/bin/env bash
# The drill of docs/backup.md, "Point in time": a private PostgreSQL that keeps its log, OctIM writing before and after
# a moment, a mistake, and the way back to the moment. It checks that what came before is there, what came after is
# not, and that clients begin anew. Everything lies in a scratch folder that is removed at the end.
# Call: [OCTIM_BIN=…] pitr-drill.sh
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

octim=$(realpath "${OCTIM_BIN:-$CARGO_TARGET_DIR/debug/octim}")
bin=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1) || die "PostgreSQL is not installed"
scratch=$(mktemp -d /tmp/octim-pitr.XXXXXX)
chmod 711 "$scratch"
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
db=$scratch/postgres
mkdir "$db"
[ "$(id -u)" != 0 ] || chown postgres "$db"

# PostgreSQL refuses to run as root.
as_postgres() { if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; }
stop() { as_postgres "$bin/pg_ctl" -D "$db/cluster" -m fast -w stop >/dev/null; }
start() { as_postgres "$bin/pg_ctl" -D "$db/cluster" -l "$db/log" -w -t 60 -o "-p $port -k $db -c listen_addresses=127.0.0.1" start >/dev/null; }
sql() { as_postgres "$bin/psql" -h "$db" -p "$port" -U postgres -Atqc "$1" "${2:-postgres}"; }
trap 'stop 2>/dev/null || true; rm -rf "$scratch"' EXIT

say "1. PostgreSQL with archive_command, and OctIM on it"
as_postgres "$bin/initdb" -D "$db/cluster" -U postgres --auth=trust -E UTF8 --locale=C.UTF-8 >/dev/null
as_postgres mkdir "$db/archive" "$db/base"
as_postgres tee -a "$db/cluster/postgresql.conf" >/dev/null <<CONF
archive_mode = on
archive_command = 'test ! -f $db/archive/%f && cp %p $db/archive/%f'
CONF
start
sql "create role octim login" && sql "create database octim owner octim"
export OCTIM_DATABASE__URL=postgres://octim@127.0.0.1:$port/octim OCTIM_DATA_DIR=$scratch/data
echo "a bench is a long seat" >"$scratch/password"
"$octim" setup --workspace Drill --owner-email owner@octim.test --owner-password-file "$scratch/password" >/dev/null
add() { "$octim" user add "$1@octim.test" --name "$1" --password-file "$scratch/password" >/dev/null; }
add earlier

say "2. A base backup, and more writing"
as_postgres "$bin/pg_basebackup" -h "$db" -p "$port" -U postgres -D "$db/base/night" -X none -c fast
add before
epoch=$(sql "select value from meta where key = 'epoch'" octim)
# The moment lies between two commits.
moment=$(sql "select clock_timestamp()")
sql "select pg_sleep(0.2)" >/dev/null
add after
sql "delete from team_members" octim
sql "select pg_switch_wal()" >/dev/null 2>&1
for _ in $(seq 100); do [ "$(sql "select count(*) from pg_ls_archive_statusdir() where name like '%.ready'")" != 0 ] || break; sleep 0.1; done
stop

say "3. Back to $moment"
as_postgres mv "$db/cluster" "$db/lost"
as_postgres cp -a "$db/base/night" "$db/cluster"
as_postgres chmod 700 "$db/cluster"
as_postgres tee -a "$db/cluster/postgresql.auto.conf" >/dev/null <<CONF
restore_command = 'cp $db/archive/%f %p'
recovery_target_time = '$moment'
recovery_target_action = 'promote'
CONF
as_postgres touch "$db/cluster/recovery.signal"
start
for _ in $(seq 300); do [ "$(sql "select pg_is_in_recovery()")" = t ] || break; sleep 0.1; done

say "4. OctIM on what came back"
[ -n "${OCTIM_NEW_EPOCH_BY_ITSELF:-}" ] || "$octim" migrate --new-epoch >/dev/null
users=$("$octim" user list)
has() { grep -q "$1@octim.test" <<<"$users"; }
has earlier && has before || die "what was written before the moment is not there: $users"
! has after || die "what was written after the moment is there: $users"
now=$(sql "select value from meta where key = 'epoch'" octim)
[ "$now" != "$epoch" ] || die "the epoch is the same: clients would resume from positions that are gone"
add again
report=$("$octim" doctor --locale en 2>/dev/null || true)
grep -q "ok *database" <<<"$report" || die "octim doctor is not content"
say "1 passed, 0 failed: everything up to the moment, nothing after it, and a new epoch"
