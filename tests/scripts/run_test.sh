#!/usr/bin/env bash
# scripts/run and scripts/build with a stand-in for set-up, and for a cmake that notes its calls and "builds" a bnexp that
# says what it was called with.
# shellcheck disable=SC2016
set -euo pipefail
# shellcheck source=tests/scripts/support.sh
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"

checkout() {
  repo=$(mktemp -d -p "$sandbox")/repo
  mkdir -p "$repo"/{configs,.deps,elsewhere} "$repo/bin"
  cp -r "$source_dir/scripts" "$repo"
  touch "$repo/configs/quickstart.yaml" "$repo/configs/other.yaml" "$repo/elsewhere/mine.yaml"
  printf '#!/bin/bash\necho /torch >%q/.deps/torch\n' "$repo" >"$repo/scripts/setup"
  cat >"$repo/bin/cmake" <<'TOOL'
#!/bin/bash
echo "cmake $*" >>calls
mkdir -p build/release
if [ "$1" = --build ]; then
  [ ! -e broken ] || { echo "error: it does not compile"; exit 1; }
  [ ! -e slow ] || for step in 1 2 3 4; do echo "[$step/8] Building CXX object $step.o"; sleep 1; done
  printf '#!/bin/bash\necho "$PWD: bnexp $*"\n' >build/release/bnexp
  chmod +x build/release/bnexp
else
  touch build/release/build.ninja
  printf '%s\n' "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "Torch_DIR:PATH=$(cat .deps/torch)" "BNEXP_TESTS:BOOL=${4#*=}" \
    >build/release/CMakeCache.txt
fi
TOOL
  chmod +x "$repo/bin/cmake"
  PATH=$repo/bin:$PATH
}

calls() { cat "$repo/calls" 2>/dev/null || true; }

# runs FOLDER ARGUMENTS WANTED: scripts/run, called from FOLDER, calls bnexp there as WANTED.
runs() {
  checkout
  cd "$repo/$1" || return
  local output
  # shellcheck disable=SC2086
  output=$("$repo/scripts/run" $2 2>/dev/null) || return
  expect_equal "$output" "$repo/${1#.}: bnexp run ${3//REPO/$repo}"
}

configures_when_due() {
  checkout
  "$repo/scripts/build" && expect_text "$(calls)" 'cmake --preset release -DTorch_DIR=/torch -DBNEXP_TESTS=OFF' || return
  rm "$repo/calls" && "$repo/scripts/build" && expect_equal "$(calls | grep -c preset)" 1 || return
  expect_text "$(calls)" 'cmake --build --preset release --target bnexp -j' || return
  rm "$repo/calls" && "$repo/scripts/build" --test && expect_text "$(calls)" '-DBNEXP_TESTS=ON' || return
  rm "$repo/calls" && "$repo/scripts/build" --test && "$repo/scripts/build" || return
  [[ $(calls) != *-DBNEXP_TESTS* ]]
}

configures_again() { # COMMAND...: what makes it due, done in the checkout
  checkout
  "$repo/scripts/build" && rm "$repo/calls" && (cd "$repo" && "$@") || return
  "$repo/scripts/build" && expect_text "$(calls)" 'cmake --preset release -DTorch_DIR='
}

another_torch() { printf '#!/bin/bash\necho /other >%q/.deps/torch\n' "$repo" >scripts/setup; }
moved() { sed -i 's|^CMAKE_HOME_DIRECTORY:INTERNAL=.*|CMAKE_HOME_DIRECTORY:INTERNAL=/was/here|' build/release/CMakeCache.txt; }

shows_why_a_build_fails() {
  checkout
  touch "$repo/broken"
  local output status=0
  output=$("$repo/scripts/run" 2>&1) || status=$?
  expect_equal "$status" 3 && expect_text "$output" 'error: it does not compile' && expect_text "$output" '.deps/log/build.log'
}

# A minute is a second here.
shows_progress() {
  checkout
  touch "$repo/slow"
  sed -i 's/ minute=60 / minute=1 /' "$repo/scripts/build"
  local output
  output=$("$repo/scripts/run" 2>&1) || return
  expect_text "$output" 'build: building build/release: ' && expect_text "$output" ' steps, about ' || return
  expect_text "$output" 'of 8 steps, about 1 min left'
}

says_nothing_when_nothing_is_due() {
  checkout
  "$repo/scripts/run" >/dev/null 2>&1 || return
  expect_equal "$("$repo/scripts/run" 2>&1 >/dev/null)" ''
}

explains_itself() {
  checkout
  local script
  for script in run build test setup lint approve check_layers slurm_sandbox; do
    cp "$source_dir/scripts/$script" "$repo/scripts/$script"
    expect_text "$("$repo/scripts/$script" --help)" "Usage: scripts/$script" || return
  done
  expect_equal "$(calls)" ''
}

it "without a config it runs the quick start" runs elsewhere '' 'REPO/configs/quickstart.yaml'
it "options alone go to the quick start" runs elsewhere '--jobs 2' 'REPO/configs/quickstart.yaml --jobs 2'
it "a config is looked for where the caller is" runs elsewhere 'mine.yaml --jobs 2' 'mine.yaml --jobs 2'
it "a config is looked for in the repository next" runs elsewhere configs/other.yaml 'REPO/configs/other.yaml'
it "a config that is nowhere is for bnexp to refuse" runs elsewhere none.yaml none.yaml
it "it configures once, and again for the tests" configures_when_due
it "it configures again when an earlier configuring was interrupted" configures_again rm build/release/build.ninja
it "it configures again for another LibTorch" configures_again another_torch
it "it configures again where the checkout has moved" configures_again moved
it "a build that fails shows why" shows_why_a_build_fails
it "a build that is not on a terminal says how long it may take, and how far it is" shows_progress
it "the second time nothing is said" says_nothing_when_nothing_is_due
it "every script explains itself and does nothing else" explains_itself
finish
