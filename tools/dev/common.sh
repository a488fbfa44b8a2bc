# Shared by setup, test and demo; sourced, not run.
# shellcheck shell=bash

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
build="$root/build"
venv="$build/venv"

say() { printf '== %s\n' "$*"; }

# die REASON REMEDY...: one line why, one line for each thing to do.
die() {
  printf 'error: %s\n' "$1" >&2
  shift
  printf '  try: %s\n' "$@" >&2
  exit 1
}

# hold_lock: one of the scripts at a time, since they share build/.
hold_lock() {
  mkdir -p "$build" && : >>"$build/.dev-lock" ||
    die "build/ cannot be written, see above" "run as the owner of $root, or in a copy of your own"
  exec 9>"$build/.dev-lock"
  flock -n 9 && return
  say "waiting for another tools/dev script that works in build/"
  flock 9
}

# unchanged STAMP TEXT: true if TEXT is what `remember STAMP TEXT` noted last.
unchanged() { [[ -f "$1" && "$(cat "$1")" == "$2" ]]; }
remember() { printf '%s\n' "$2" >"$1"; }
