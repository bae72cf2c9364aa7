# Shared by the scripts (sourced from the repository root): messages, and where things are built.

say() { printf '%s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Run a command with root's rights, or say which command to run.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "this needs root and there is no sudo; run as root: $*"
  fi
}

# A throw-away clone (CI) keeps its build outside, so that a warm machine compiles only our own crates.
cache_dir=${XDG_CACHE_HOME:-$HOME/.cache}/octim
if [ -z "${CARGO_TARGET_DIR:-}" ] && [ -n "${CI:-}${OCTIM_CACHE:-}" ]; then
  CARGO_TARGET_DIR=$cache_dir/target
  shared_target=yes
fi
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
mkdir -p "$CARGO_TARGET_DIR"
CARGO_TARGET_DIR=$(realpath "$CARGO_TARGET_DIR")
