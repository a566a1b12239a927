# What the shell tests share; sourced. A test file names its cases with `it`, and ends with `finish`.
# shellcheck shell=bash disable=SC2034

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
sandbox=$(mktemp -d)
trap 'rm -rf "$sandbox"' EXIT
cases=0 failures=0

# it SENTENCE COMMAND...: runs the command in a subshell; its failure is the case's.
it() {
  local sentence=$1 output
  shift
  cases=$((cases + 1))
  if output=$("$@" 2>&1); then
    echo "ok      $sentence"
  else
    failures=$((failures + 1))
    printf 'FAILED  %s\n%s\n' "$sentence" "$output"
  fi
}

finish() {
  echo "$((cases - failures)) of $cases cases passed"
  [ "$failures" = 0 ]
}

# expect_text TEXT WANTED: fails unless WANTED occurs in TEXT.
expect_text() { [[ $1 == *"$2"* ]] || { printf 'wanted: %s\nin: %s\n' "$2" "$1" && return 1; }; }
expect_equal() { [ "$1" = "$2" ] || { printf 'wanted: %s\ngot: %s\n' "$2" "$1" && return 1; }; }
