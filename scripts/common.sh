# Shared by the scripts; sourced, never run. Messages go to stderr, so that stdout has only the program's output.
# shellcheck shell=bash

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
deps=$repo/.deps

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

die() {
  say "$*"
  exit 3
}

# The comment that opens the calling script is its help.
usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; }

# step NAME SENTENCE COMMAND...: prints the sentence, runs the command with its output in .deps/log/NAME.log, and shows
# the end of that log when the command fails.
step() {
  local log=$deps/log/$1.log
  say "$2"
  shift 2
  mkdir -p "$deps/log"
  if ! "$@" </dev/null >"$log" 2>&1 9>&-; then
    tail -n 60 "$log" >&2
    die "that failed; the whole log is $log"
  fi
}

# one_at_a_time NAME: waits until no other call of these scripts holds NAME; held until this script ends.
one_at_a_time() {
  mkdir -p "$deps"
  exec 9>"$deps/$1.lock"
  flock -n 9 || {
    say "waiting for another call to finish ($1)"
    flock 9
  }
}
