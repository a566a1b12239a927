#!/usr/bin/env bash
# check_layers must go red for each thing that it forbids, and name the place.
# shellcheck disable=SC2016
set -euo pipefail
# shellcheck source=tests/scripts/support.sh
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"
check=$source_dir/scripts/check_layers

# refuses FILE INCLUDE MESSAGE: a tree whose only include is INCLUDE, in FILE, is refused with MESSAGE and the name of FILE.
refuses() {
  local tree output
  tree=$(mktemp -d -p "$sandbox")
  mkdir -p "$tree/$(dirname "$1")"
  printf '#pragma once\n#include %s\n' "$2" >"$tree/$1"
  if output=$(bash "$check" includes "$tree"); then
    echo "accepted: $1 includes $2"
    return 1
  fi
  expect_text "$output" "$1:" && expect_text "$output" "$3"
}

accepts() {
  local tree
  tree=$(mktemp -d -p "$sandbox")
  mkdir -p "$tree/$(dirname "$1")"
  printf '#include %s\n' "${@:2}" >"$tree/$1"
  bash "$check" includes "$tree"
}

# map FOLDERS MAP WANTED: check_layers says WANTED about the tree of FOLDERS whose README.md has MAP; '' if it says nothing.
map() {
  local tree folder output status=0
  tree=$(mktemp -d -p "$sandbox")
  for folder in $1; do
    mkdir -p "$tree/$folder" && touch "$tree/$folder/file"
  done
  printf '# Title\n\n```\nother/\n```\n\n## The map\n\nWords.\n\n```\n%b\n```\n\n## More\n\n```\nnone/\n```\n' "$2" >"$tree/README.md"
  output=$(bash "$check" map "$tree") || status=1
  expect_equal "$output" "$3" && expect_equal "$status" "$([ -z "$3" ] && echo 0 || echo 1)"
}

it "a lower room includes a higher one" refuses runner/base/text.h '"config/document/node.h"' "base includes config/document/node.h, a higher room"
it "the engine includes a probe" refuses runner/train/trainer.cpp '"experiments/loss.h"' "a higher room"
it "data includes a norm" refuses runner/data/batches.h '"norm/norm.h"' "data includes norm/norm.h"
it "statistics include JSON of base" refuses runner/stats/estimate.h '"base/json.h"' "stats includes base/json.h"
it "statistics include another room" refuses runner/stats/estimate.h '"config/node.h"' "stats includes config/node.h"
it "statistics include JSON" refuses runner/stats/estimate.cpp '<nlohmann/json.hpp>' "stats includes JSON"
it "an analysis includes what executes" refuses runner/analysis/results.h '"exec/plan.h"' "a higher room"
it "an analysis includes LibTorch" refuses runner/analysis/results.cpp '<torch/torch.h>' "free of"
it "a report includes LibTorch" refuses runner/report/html.cpp '<torch/torch.h>' "free of"
it "a chart includes a header with LibTorch" refuses reports/charts/loss.cpp '"train/probe.h"' "it may include only"
it "a report includes what measures" refuses runner/report/html.cpp '"bench/ways.h"' "it may include only"
it "a header that is promised free of LibTorch includes it" refuses runner/train/result.h '<torch/torch.h>' "free of"
it "yaml-cpp outside config" refuses runner/store/store.cpp '<yaml-cpp/yaml.h>' "only config"
it "a lower part of config includes a higher one" refuses runner/config/settings/hints.cpp '"config/suite/merge.h"' \
  "config/settings includes config/suite/merge.h, a higher part of config"
it "a part of config includes lower ones and itself" accepts runner/config/suite/merge.cpp '"config/suite/merge.h"' \
  '"config/settings/fields.h"' '"config/document/node.h"' '"base/text.h"'
it "a relative include" refuses runner/model/model.cpp '"../norm/norm.h"' "name the room"
it "a source outside every room" refuses runner/misc/thing.h '<vector>' "no room"
it "lower rooms, one's own and the free headers pass" accepts runner/exec/worker.cpp '<vector>' '"exec/worker.h"' \
  '"store/store.h"' '"train/guard.h"' '"train/trainer.h"' '"train/trained.h"' '"train/result.h"' '"train/state_version.h"' '"norm/resolve.h"' '<nlohmann/json.hpp>'
it "statistics include base" accepts runner/stats/order.cpp '"base/random.h"'
it "an analysis includes what it needs" accepts runner/analysis/analysis.cpp '"stats/estimate.h"' '"store/store.h"' '"train/result.h"'
it "experiments include up to train" accepts experiments/loss.cpp '<torch/torch.h>' '"train/probe.h"' '"norm/norm.h"'

it "a true map passes" map 'runner/base runner/cli configs build .git' 'configs/   what\nrunner/   engine\n  base/   b\n  cli/  c' ''
it "a folder that is not there" map 'runner' 'runner/  engine\nconfigs/  what' \
  'README.md: the map names configs/, which is not there'
it "a folder at the top that is missed" map 'runner configs' 'runner/  engine' 'README.md: the map misses configs/'
it "a room that is missed" map 'runner/base runner/cli' 'runner/  engine\n  base/  b' 'README.md: the map misses runner/cli/'
it "no map" map 'runner' 'nothing' "README.md: no folder in a code block below the heading '## The map'"
finish
