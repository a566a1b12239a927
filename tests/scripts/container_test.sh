#!/usr/bin/env bash
# Dockerfile and bnexp.def: what they do is the same, and scripts/container_chroot does all of it. Nothing is built here.
set -euo pipefail
# shellcheck source=tests/scripts/support.sh
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"
cd "$source_dir"

steps() { scripts/container_chroot "$1" --steps; }
# The steps without the sources, one command per line.
commands() { steps "$1" | grep -v '^copy' | sed 's/  *&& */\nrun\t/g'; }
copied() { steps bnexp.def | awk -F '\t' '$1 == "copy" { print $2 }' | sort; }

do_the_same() { expect_equal "$(commands Dockerfile)" "$(commands bnexp.def)"; }

build_by_script() {
  local recipe
  for recipe in Dockerfile bnexp.def; do
    expect_equal "$(commands "$recipe" | grep -c "^run$(printf '\t')/src/scripts/container\$")" 1 || return
  done
  [ -x scripts/container ]
}

run_the_program() {
  expect_equal "$(grep ENTRYPOINT Dockerfile)" 'ENTRYPOINT ["bnexp"]' &&
    expect_equal "$(sed -n '/^%runscript/{n;p}' bnexp.def)" '    exec bnexp "$@"'
}

# With a part missing, a build would take the checkout for changed.
take_what_git_tracks() {
  [ -e .git ] || return 0
  expect_equal "$(copied)" "$({ echo .git && git ls-files | cut -d / -f 1; } | sort -u)" || return
  # Docker's patterns start at the root, git's at any folder.
  expect_equal "$(git ls-files --cached --ignored --exclude-from=<(sed 's|^[^*]|/&|' .dockerignore))" ''
}

refuses() { # RECIPE LINE: a recipe with a line that container_chroot does not know
  local checkout output
  checkout=$(mktemp -d -p "$sandbox")
  cp -r scripts Dockerfile bnexp.def "$checkout"
  echo "$2" >>"$checkout/$1"
  ! output=$("$checkout/scripts/container_chroot" "$1" --steps 2>&1) || return
  expect_text "$output" "$1: not understood: $2"
}

it "both recipes do the same" do_the_same
it "both build by scripts/container" build_by_script
it "both run the program" run_the_program
it "both take all that git tracks" take_what_git_tracks
it "a new kind of line in Dockerfile is not passed over" refuses Dockerfile 'ADD more /src'
it "a new kind of section in bnexp.def is not passed over" refuses bnexp.def '%setup'
finish
