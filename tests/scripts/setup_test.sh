#!/usr/bin/env bash
# scripts/setup on machines of our making: every program it would change the system with is a stand-in that notes its call
# in $machine/calls and keeps what is "installed" as files.
# shellcheck disable=SC2016
set -euo pipefail
# shellcheck source=tests/scripts/support.sh
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"

# stand_in NAME: makes a program of the machine from the script on standard input.
stand_in() {
  { echo '#!/bin/bash' && cat; } >"$machine/bin/$1"
  chmod +x "$machine/bin/$1"
}

# A machine with nothing but a shell and its tools, seen by root, with a checkout of the scripts.
bare_machine() {
  machine=$(mktemp -d -p "$sandbox")
  export machine
  mkdir -p "$machine"/{bin,installed,repo/reports}
  cp -r "$source_dir/scripts" "$machine/repo"
  echo '{}' >"$machine/repo/reports/package-lock.json"
  for tool in awk bash cat dirname env flock grep head mkdir rm sed sha256sum sleep sort tail touch tr; do
    ln -s "$(command -v $tool)" "$machine/bin/$tool"
  done
  stand_in id <<<'echo 0'
  stand_in dpkg <<<':'
  stand_in dpkg-query <<<'shift 3; for p; do [ ! -e $machine/installed/$p ] || echo "<$p installed>"; done'
  stand_in apt-get <<'TOOL'
[[ " $* " != *" update "* ]] || exit 0
[[ " $* " != *" check "* ]] || { [ ! -e $machine/broken ] && exit; }
[[ " $* " != *" --fix-broken "* ]] || rm -f $machine/broken
[ ! -e $machine/broken ] || exit 1
echo "apt-get $*" >>$machine/calls
programs="cmake:cmake ninja-build:ninja g++:c++ ccache:ccache npm:npm nodejs:node"
for p in "${@:2}"; do
  [[ $p == -* ]] || touch $machine/installed/$p
  for pair in $programs; do
    [ $p != ${pair%:*} ] || cp -n $machine/bin/.${pair#*:} $machine/bin/${pair#*:}
  done
done
TOOL
  for tool in cmake ninja c++ ccache; do stand_in .$tool <<<':'; done
  stand_in .node <<<'echo 18'
  stand_in .npm <<<'echo "npm $* in $PWD" >>$machine/calls; mkdir -p node_modules; [ ! -e $machine/no_network ]'
  stand_in python3 <<'TOOL'
case "$*" in
  *find_spec*) [ -e $machine/python_torch ] && cat $machine/python_torch ;;
  *ensurepip*) true ;;
  "-m venv "*) mkdir -p $3/bin && cp $0 $3/bin/python ;;
  "-m pip install "*)
    echo "pip $*" >>$machine/calls
    [ ! -e $machine/no_network ] || exit 1
    torch $machine/repo/.deps/venv/lib/python3.11/site-packages/torch 2.13.0
    ;;
esac
TOOL
  stand_in torch <<'TOOL'
mkdir -p $1/share/cmake/Torch
echo "# LibTorch" >$1/share/cmake/Torch/TorchConfig.cmake
echo "set(PACKAGE_VERSION \"$2\")" >$1/share/cmake/Torch/TorchConfigVersion.cmake
TOOL
  ln -s "$(command -v cp)" "$machine/bin/cp"
  stand_in chromium <<<':'
}

# Calls scripts/setup on the machine, with nothing of our own environment.
setup() {
  env -i PATH="$machine/bin" machine="$machine" "${settings[@]}" "$machine/repo/scripts/setup" "$@" </dev/null 2>&1
}
settings=(CUDA_HOME=/nowhere)
calls() { cat "$machine/calls" 2>/dev/null || true; }
forget_calls() { rm -f "$machine/calls"; }
our_torch() { echo "$machine/repo/.deps/venv/lib/python3.11/site-packages/torch/share/cmake/Torch"; }
found_torch() { cat "$machine/repo/.deps/torch"; }

installs_all_then_nothing() {
  bare_machine
  setup || return
  expect_text "$(calls)" ' install --no-install-recommends cmake ninja-build g++ ccache ca-certificates ' || return
  expect_text "$(calls)" ' nlohmann-json3-dev nodejs npm' || return
  expect_text "$(calls)" 'torch==2.13.0+cpu' || return
  expect_text "$(calls)" "npm ci --ignore-scripts --no-audit --no-fund in $machine/repo/reports" || return
  expect_equal "$(found_torch)" "$(our_torch)" || return
  forget_calls
  expect_equal "$(setup)$(calls)" ''
}

installs_only_the_missing() {
  bare_machine
  setup >/dev/null && forget_calls
  rm "$machine/installed/libfmt-dev"
  setup >/dev/null || return
  expect_equal "$(calls)" 'apt-get -y -o DPkg::Lock::Timeout=600 install --no-install-recommends libfmt-dev'
}

repairs_apt() {
  bare_machine
  touch "$machine/broken"
  setup >/dev/null && [ ! -e "$machine/broken" ]
}

gets_git_for_a_checkout() {
  bare_machine
  setup >/dev/null && forget_calls
  mkdir "$machine/repo/.git"
  setup >/dev/null || return
  expect_equal "$(calls)" 'apt-get -y -o DPkg::Lock::Timeout=600 install --no-install-recommends git'
}

adds_what_tests_need() {
  bare_machine
  setup >/dev/null && forget_calls
  setup --test >/dev/null || return
  expect_equal "$(calls)" 'apt-get -y -o DPkg::Lock::Timeout=600 install --no-install-recommends git munge slurmctld slurmd slurm-client catch2 zlib1g-dev'
}

makes_torch_again() {
  bare_machine
  touch "$machine/no_network"
  local output
  ! output=$(setup) || return
  expect_text "$output" 'No CPU build of torch 2.13.0 could be had by pip' || return
  expect_text "$output" 'Torch_DIR=' || return
  rm "$machine/no_network"
  touch "$machine/repo/.deps/venv/half-made"
  setup >/dev/null || return
  [ ! -e "$machine/repo/.deps/venv/half-made" ] && expect_equal "$(found_torch)" "$(our_torch)"
}

finds_torch_that_vanished() {
  bare_machine
  setup >/dev/null && rm -rf "$machine/repo/.deps/venv" && forget_calls
  setup >/dev/null || return
  expect_text "$(calls)" 'torch==2.13.0+cpu'
}

mends_npm() {
  bare_machine
  setup >/dev/null && forget_calls
  touch "$machine/no_network"
  echo '{"changed": true}' >"$machine/repo/reports/package-lock.json"
  ! setup >/dev/null || return
  rm "$machine/no_network"
  echo '{}' >"$machine/repo/reports/package-lock.json"
  setup >/dev/null || return
  expect_equal "$(calls | grep -c '^npm ci')" 2 || return
  forget_calls
  expect_equal "$(setup)$(calls)" ''
}

prefers_torch() { # WANTED SETTING...
  bare_machine
  "$machine/bin/torch" "$machine/own" 2.5.1
  "$machine/bin/torch" "$machine/python" 2.6.0
  echo "$machine/python" >"$machine/python_torch"
  local wanted=$machine/$1/share/cmake/Torch setting
  shift
  for setting in "$@"; do settings+=("${setting//MACHINE/$machine}"); done
  setup >/dev/null || return
  expect_equal "$(found_torch)" "$wanted" && [[ $(calls) != *pip* ]]
}

passes_over() { # WHY COMMAND...: a Python's torch that COMMAND has spoilt
  bare_machine
  "$machine/bin/torch" "$machine/python" 2.6.0
  echo "$machine/python" >"$machine/python_torch"
  (cd "$machine/python" && "${@:2}")
  expect_text "$(setup)" "$1" && expect_equal "$(found_torch)" "$(our_torch)"
}

old_torch() { "$machine/bin/torch" "$machine/python" 2.3.1; }
old_abi() { echo 'set(TORCH_CXX_FLAGS "-D_GLIBCXX_USE_CXX11_ABI=0")' >>share/cmake/Torch/TorchConfig.cmake; }
cuda_build() { mkdir lib && touch lib/libtorch_cuda.so; }

refuses_wrong_torch_dir() {
  bare_machine
  settings+=(Torch_DIR=/nowhere)
  local output
  ! output=$(setup) || return
  expect_text "$output" 'Torch_DIR is set to /nowhere, which holds no usable TorchConfig.cmake'
}

names_the_command_without_root() {
  bare_machine
  stand_in id <<<'echo 1000'
  stand_in sudo <<<'exit 1'
  local output status=0
  output=$(setup) || status=$?
  expect_equal "$status" 3 && expect_text "$output" 'have root run: apt-get install --no-install-recommends cmake ninja-build'
}

names_the_packages_without_apt() {
  bare_machine
  rm "$machine"/bin/{apt-get,dpkg,dpkg-query}
  local output
  ! output=$(setup) || return
  expect_text "$output" 'needs these Debian packages, or their equivalents here: cmake ninja-build g++ ccache'
}

refuses_old_node() {
  bare_machine
  stand_in .node <<<'echo 10'
  local output
  ! output=$(setup) || return
  expect_text "$output" 'needs Node.js 12 or newer with npm'
}

waits_for_another() {
  bare_machine
  setup >/dev/null
  forget_calls
  rm "$machine/installed/libfmt-dev"
  setup >/dev/null &
  setup >/dev/null && wait $! && expect_equal "$(calls | grep -c apt-get)" 1
}

it "a bare machine gets everything, and a second call does nothing" installs_all_then_nothing
it "only what is missing is installed" installs_only_the_missing
it "an interrupted apt-get is repaired" repairs_apt
it "a git checkout gets git" gets_git_for_a_checkout
it "--test adds what the tests need" adds_what_tests_need
it "a failed LibTorch is explained, and made again by the next call" makes_torch_again
it "LibTorch that has vanished is found again" finds_torch_that_vanished
it "npm packages follow the lock file, also after a failure" mends_npm
it "Torch_DIR comes first" prefers_torch own Torch_DIR=MACHINE/own/share/cmake/Torch
it "CMAKE_PREFIX_PATH comes first" prefers_torch own CMAKE_PREFIX_PATH=/elsewhere:MACHINE/own
it "a Python's torch comes next" prefers_torch python
it "a Python's torch is passed over when it is old" passes_over 'older than 2.4' old_torch
it "a Python's torch is passed over when its ABI is old" passes_over 'pre-C++11 ABI' old_abi
it "a Python's torch is passed over when it needs a CUDA toolkit that isn't there" passes_over 'no CUDA toolkit' cuda_build
it "a Torch_DIR without LibTorch is refused" refuses_wrong_torch_dir
it "without root the command for root is named" names_the_command_without_root
it "without apt the packages are named" names_the_packages_without_apt
it "a Node.js that is too old is refused" refuses_old_node
it "two calls at once install once" waits_for_another
finish
