#!/usr/bin/env bash
# Private PostgreSQL, Redis and S3 servers for tests: on free ports of 127.0.0.1, with their data in one
# scratch folder that is removed at the end. Nothing else on the machine is touched.
#   services.sh run COMMAND…       start them, run the command with their addresses, stop them
#   services.sh start DIR OWNER    start them; DIR/env has the addresses. When the process OWNER ends,
#                                  however it ends, they are stopped.
#   services.sh stop DIR           stop them and remove DIR
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

# PostgreSQL refuses to run as root.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}

postgres_bin() { compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1; }

free_ports() {
  node -e 'const servers = [1, 2, 3].map(() => require("net").createServer());
    Promise.all(servers.map(s => new Promise(done => s.listen(0, "127.0.0.1", done)))).then(() => {
      console.log(servers.map(s => s.address().port).join(" "));
      servers.forEach(s => s.close());
    });'
}

# Wait up to ten seconds until a command succeeds.
until_ok() {
  for _ in $(seq 100); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.1
  done
  return 1
}

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1"); }

# fsync is off because the tests kill processes, not the machine; it makes new schemas cheap.
# The tests' role is no superuser: row-level security would not apply to one.
start_postgres() { # DIR PORT
  local bin data=$1/postgres
  bin=$(postgres_bin)
  mkdir "$data" && { [ "$(id -u)" != 0 ] || chown postgres "$data"; } &&
    as_postgres "$bin/initdb" -D "$data/cluster" -U postgres --auth=trust --no-sync -E UTF8 --locale=C.UTF-8 &&
    as_postgres "$bin/pg_ctl" -D "$data/cluster" -l "$data/log" -w -t 30 \
      -o "-p $2 -k $data -c listen_addresses=127.0.0.1 -c max_connections=200 -c fsync=off" start &&
    as_postgres "$bin/psql" -q -h "$data" -p "$2" -U postgres -v ON_ERROR_STOP=1 \
      -c "create role octim login createdb createrole" -c "create database octim_test owner octim"
}

start_redis() { # DIR PORT
  redis-server --bind 127.0.0.1 --port "$2" --save "" --appendonly no --dir "$1" \
    --daemonize yes --pidfile "$1/redis.pid" && until_ok redis-cli -p "$2" ping
}

start_s3() { # DIR PORT
  setsid node_modules/.bin/s3rver --silent --directory "$1/s3" --address 127.0.0.1 --port "$2" \
    --no-vhost-buckets --configure-bucket octim-test </dev/null &
  echo $! >"$1/s3.pid"
  until_ok answers "$2"
}

start_all() { # DIR
  local dir=$1 postgres redis s3 name
  read -r postgres redis s3 < <(free_ports) || return 1
  for name in postgres redis s3; do
    "start_$name" "$dir" "${!name}" >"$dir/$name.log" 2>&1 || {
      say "$name did not start:"
      cat "$dir/$name.log"
      return 1
    }
  done
  cat >"$dir/env" <<ENV
export OCTIM_TEST_POSTGRES_URL=postgres://octim@127.0.0.1:$postgres/octim_test
export OCTIM_TEST_REDIS_URL=redis://127.0.0.1:$redis
export OCTIM_TEST_S3_URL=http://127.0.0.1:$s3
ENV
  say "PostgreSQL on port $postgres, Redis on $redis, S3 on $s3"
}

stop() { # DIR
  local pid
  [ -d "$1" ] || return 0
  [ ! -e "$1/postgres/cluster/postmaster.pid" ] ||
    as_postgres "$(postgres_bin)/pg_ctl" -D "$1/postgres/cluster" -m immediate -w stop >/dev/null 2>&1
  for pid in $(cat "$1"/{redis,s3}.pid 2>/dev/null); do kill "$pid" 2>/dev/null; done
  rm -rf "$1"
}

start() { # DIR OWNER
  local attempt
  for attempt in 1 2 3; do # a free port may be taken by someone else in between
    mkdir -p "$1" && chmod 711 "$1" && start_all "$1" && break
    stop "$1"
    [ "$attempt" != 3 ] || return 1
  done
  setsid bash -c 'tail --pid="$1" -f /dev/null; exec "$2" stop "$3"' guard "$2" "$PWD/scripts/services.sh" "$1" \
    </dev/null >/dev/null 2>&1 &
}

run() { # COMMAND…
  scratch=$(mktemp -d /tmp/octim-services.XXXXXX)
  trap 'stop "$scratch"' EXIT
  trap 'exit 130' INT TERM
  start "$scratch" $$ && . "$scratch/env" && "$@"
}

case "${1:-}" in
  start | stop | run) "$@" ;;
  *) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
