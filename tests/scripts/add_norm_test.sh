#!/usr/bin/env bash
# Usage: add_norm_test.sh CMAKE BUILD_FOLDER. README's norm, put into a copy of the tree as its one file: the build finds it,
# and with the objects of the build that is there it makes a bnexp that lists and trains it and passes the contract tests.
# shellcheck disable=SC2016
set -euo pipefail
# shellcheck source=tests/scripts/support.sh
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"

cmake=$1 build=$2 tree=$sandbox/tree
norm=$tree/runner/norm/variants/scale.cpp
mkdir "$tree"
tar -C "$source_dir" --exclude=./build --exclude=./.deps --exclude=./results --exclude=./.git --exclude=node_modules -c . |
  tar -C "$tree" -x
sed -n '/^## Add a norm/,/^## /{/^```cpp/,/^```$/{/^```/!p}}' "$source_dir/README.md" >"$norm"
cd "$build"

is_found() {
  "$cmake" -S "$tree" -B "$sandbox/build" -G Ninja -DBNEXP_TESTS=OFF -DCMAKE_BUILD_TYPE=Release \
    -DTorch_DIR="$(sed -n 's/^Torch_DIR:[A-Z]*=//p' CMakeCache.txt)" \
    -DBNEXP_CHART_LIBRARY="$source_dir/reports/node_modules" || return
  expect_text "$(ninja -C "$sandbox/build" -t targets all)" 'runner/norm/CMakeFiles/bnexp_norm.dir/variants/scale.cpp.o: '
}

# make SOURCE OBJECT: compiles it as another norm is compiled.
none=runner/norm/CMakeFiles/bnexp_norm.dir/variants/none.cpp.o
make() {
  local command
  command=$(ninja -t commands "$none" | tail -n 1)
  command=${command//$source_dir\/runner\/norm\/variants\/none.cpp/$1}
  sh -c "${command//$none/$2}"
}

# link PROGRAM TARGET OBJECT: as PROGRAM is linked, with OBJECT besides.
link() {
  local command
  command=$(ninja -t commands "$1" | grep -E -- " -o $1( |\$)" | tail -n 1)
  command=${command%% && cd *}
  command=${command#: && }
  sh -c "${command/ -o $1/ $3 -o $2}"
}

compiles_and_links() {
  make "$norm" "$sandbox/scale.o" && mkdir -p "$sandbox/bin" && ln -sfn "$build/share" "$sandbox/share" &&
    link bnexp "$sandbox/bin/bnexp" "$sandbox/scale.o" &&
    link tests/norm/bnexp_norm_tests "$sandbox/norm_tests" "$sandbox/scale.o"
}
is_listed() { expect_text "$("$sandbox/bin/bnexp" list norms)" 'A learned factor per channel.'; }
trains() {
  "$sandbox/bin/bnexp" run smoke --set 'sweep.grid.norm=[scale]' --set 'sweep.exclude=null' --store "$sandbox/store" --quiet
}
contract='every norm*,there are at least 22 norms*,channels that never vary*,no norm changes*'
passes_the_contract() { OMP_NUM_THREADS=1 "$sandbox/norm_tests" "$contract"; }
wrong_gradient_is_found() {
  sed 's/ \* g)/ * g.detach())/' "$norm" >"$sandbox/wrong.cpp"
  ! cmp -s "$norm" "$sandbox/wrong.cpp" || return
  make "$sandbox/wrong.cpp" "$sandbox/wrong.o" &&
    link tests/norm/bnexp_norm_tests "$sandbox/wrong_tests" "$sandbox/wrong.o" || return
  ! OMP_NUM_THREADS=1 "$sandbox/wrong_tests" "every norm's gradients*"
}

it "the build finds a norm's file by itself" is_found
it "it compiles and links, with nothing else edited" compiles_and_links
it "bnexp lists it" is_listed
it "a suite trains with it by name" trains
it "the contract tests pass over it" passes_the_contract
it "a wrong gradient in it fails them" wrong_gradient_is_found
finish
