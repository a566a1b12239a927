#!/usr/bin/env bash
# Usage: add_variant_test.sh CMAKE BUILD_FOLDER. A norm (README's), a model, a probe, an executor, a claim kind,
# a chart, an export and a subcommand, each put into a copy of the tree as one file: the build finds it, and with the objects of the
# build in BUILD_FOLDER it makes a bnexp that uses it.
# shellcheck disable=SC2016
set -euo pipefail
# shellcheck source=tests/scripts/support.sh
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"

cmake=$1 build=$2 tree=$sandbox/tree
norm=runner/norm/variants/scale.cpp
model=runner/model/variants/one_layer.cpp
probe=experiments/step_count.cpp
executor=runner/exec/variants/plain.cpp
claim=runner/analysis/claims/holds.cpp
chart=reports/charts/trial_count.cpp
export=reports/exports/title.cpp
subcommand=runner/cli/commands/hello.cpp
mkdir "$tree"
tar -C "$source_dir" --exclude=./build --exclude=./.deps --exclude=./results --exclude=./.git --exclude=node_modules -c . |
  tar -C "$tree" -x
sed -n '/^## Add a norm/,/^## /{/^```cpp/,/^```$/{/^```/!p}}' "$source_dir/README.md" >"$tree/$norm"
cat >"$tree/$model" <<'CODE'
#include "model/model.h"
namespace bnexp::model { namespace {
struct OneLayerOptions {
  void fields(config::Fields&) {}
  std::vector<norm::Slot> slots(const Input&) const { return {}; }
};
struct OneLayer final : Model {
  OneLayer(const OneLayerOptions&, const Input& input, const config::Variant&) {
    layer = add_linear("fc1", input.channels * input.rows * input.columns, input.classes);
  }
  torch::Tensor forward(const torch::Tensor& images) override { return through(*layer, images.flatten(1)); }
  std::shared_ptr<Linear> layer;
};
BNEXP_MODEL(one_layer, OneLayer, OneLayerOptions, {.summary = "A linear classifier.", .formula = "fc", .source = "a test"});
} }
CODE
cat >"$tree/$probe" <<'CODE'
#include "train/probe.h"
namespace bnexp::experiments { namespace {
struct StepCount final : train::Probe {
  explicit StepCount(const config::NoOptions&) {}
  Json result() const override { return {{"counted", true}}; }
  train::SavedState save() const override { return {}; }
  void load(train::ProbeContext&, const train::SavedState&) override {}
};
BNEXP_PROBE(step_count, StepCount, config::NoOptions, {.summary = "A dummy.", .formula = "", .source = "a test"});
} }
CODE
cat >"$tree/$executor" <<'CODE'
#include "exec/executor.h"
namespace bnexp::exec { namespace {
struct Plain final : Executor {
  Plain(const config::NoOptions&, Execution, Training t) : training(std::move(t)) {}
  void run(Work& work) override {
    while (const auto job = work.next()) {
      work.on_start(0, *job);
      work.on_finish(0, *job, train_guarded(training.train, job->settings, *training.data.at(job->data), {}));
    }
  }
  Training training;
};
const bool kAdded = add_executor<Plain, config::NoOptions>("plain", {.summary = "A dummy executor.", .formula = "", .source = ""});
} }
CODE
cat >"$tree/$claim" <<'CODE'
#include "analysis/claim.h"
namespace bnexp::analysis { namespace {
struct Holds : Claim {
  void decide(const Evidence&, ClaimAnswer& answer) const {
    answer.answer = {.decision = Decision::confirmed, .why = "A dummy claim."};
  }
};
const bool kAdded = add_claim<Holds>("holds", {.summary = "A dummy kind.", .formula = "", .source = ""});
} }
CODE
cat >"$tree/$subcommand" <<'CODE'
#include "base/console.h"
#include "cli/command.h"
namespace bnexp::cli { namespace {
void add(CLI::App& app, Action& action) {
  new_command(app, "hello", "A dummy command.", "  bnexp hello")->callback([&action] {
    action = [] {
      console::print("hello, {}\n", "world");
      return ExitCode::ok;
    };
  });
}
const bool kAdded = add_command("hello", Group::reference, add);
} }
CODE
cat >"$tree/$chart" <<'CODE'
#include "report/chart.h"
namespace bnexp::report { namespace {
std::optional<Chart> trial_count(const ChartInput&) {
  Chart chart;
  chart.id = "trial_count";
  chart.title = "A dummy chart of a test";
  chart.panels.push_back({"", {{"mark", "point"}, {"data", {{"values", Json::array({{{"x", 1}}})}}}}});
  return chart;
}
BNEXP_CHART("trial_count", 1000, trial_count);
} }
CODE
cat >"$tree/$export" <<'CODE'
#include "report/export.h"
namespace bnexp::report { namespace {
std::string title(const Document&, const std::filesystem::path&) { return "A dummy export of a test"; }
BNEXP_EXPORT(title, "title.txt", title);
} }
CODE
cd "$build"

is_found() {
  "$cmake" -S "$tree" -B "$sandbox/build" -G Ninja -DBNEXP_TESTS=OFF -DCMAKE_BUILD_TYPE=Release \
    -DTorch_DIR="$(sed -n 's/^Torch_DIR:[A-Z]*=//p' CMakeCache.txt)" \
    -DBNEXP_CHART_LIBRARY="$source_dir/reports/node_modules" || return
  local file
  for file in "$norm" "$model" "$probe" "$executor" "$claim" "$chart" "$export" "$subcommand"; do
    grep -qF "$tree/$file" "$sandbox/build/build.ninja" || { echo "not in the build: $file" && return 1; }
  done
}

# make ROOM SOURCE OBJECT: compiles it as the room's sources are compiled.
make() {
  local command object source
  command=$(ninja -t commands bnexp | grep -E -- "/bnexp_$1\.dir/.* -c [^ ]+\$" | head -n 1)
  source=${command##* -c }
  object=$(sed -E 's/.* -o ([^ ]+) -c .*/\1/' <<<"$command")
  command=${command//"$object"/$3}
  sh -c "${command/% -c $source/ -c $2}"
}

# link PROGRAM TARGET OBJECT...: as PROGRAM is linked, with the objects besides.
link() {
  local command program=$1 target=$2
  shift 2
  command=$(ninja -t commands "$program" | grep -E -- " -o $program( |\$)" | tail -n 1)
  command=${command%% && cd *}
  command=${command#: && }
  sh -c "${command/ -o $program/ $* -o $target}"
}

compile_and_link() {
  make norm "$tree/$norm" "$sandbox/norm.o" && make model "$tree/$model" "$sandbox/model.o" &&
    make experiments "$tree/$probe" "$sandbox/probe.o" && make exec "$tree/$executor" "$sandbox/executor.o" &&
    make analysis "$tree/$claim" "$sandbox/claim.o" &&
    make charts "$tree/$chart" "$sandbox/chart.o" && make exports "$tree/$export" "$sandbox/export.o" &&
    make cli "$tree/$subcommand" "$sandbox/subcommand.o" || return
  mkdir -p "$sandbox/bin" && ln -sfn "$build/share" "$sandbox/share" &&
    link bnexp "$sandbox/bin/bnexp" "$sandbox"/{norm,model,probe,executor,claim,chart,export,subcommand}.o &&
    link tests/norm/bnexp_norm_tests "$sandbox/norm_tests" "$sandbox/norm.o"
}
are_listed() {
  expect_text "$("$sandbox/bin/bnexp" list norms)" 'A learned factor per channel.' &&
    expect_text "$("$sandbox/bin/bnexp" list models)" 'A linear classifier.' &&
    expect_text "$("$sandbox/bin/bnexp" list probes)" 'A dummy.' &&
    expect_text "$("$sandbox/bin/bnexp" run --help)" 'A dummy executor.' &&
    expect_text "$("$sandbox/bin/bnexp" list claims)" 'A dummy kind.' &&
    expect_text "$("$sandbox/bin/bnexp" --help)" 'A dummy command.'
}
trains() { # STORE EXECUTOR SETTING...
  local store=$sandbox/$1 runs=$2 settings=()
  shift 2
  while [ $# -gt 0 ]; do settings+=(--set "$1") && shift; done
  "$sandbox/bin/bnexp" run smoke "${settings[@]}" --set 'sweep.exclude=null' --executor "$runs" --store "$store" --quiet
}
norm_trains() { trains norm workers 'sweep.grid.norm=[scale]'; }
subcommand_runs() { expect_equal "$("$sandbox/bin/bnexp" hello)" 'hello, world'; }
others_are_used() {
  trains others plain 'sweep.grid={model: [one_layer]}' 'probes=[step_count]' \
    'claims=[{id: one, says: It holds, kind: holds}]' || return
  expect_text "$("$sandbox/bin/bnexp" claims "$sandbox/others")" 'A dummy claim.' &&
    expect_text "$(cat "$sandbox"/others/records/*.json)" '"counted":true' &&
    grep -qF 'A dummy chart of a test' "$sandbox/others/report.html" &&
    expect_equal "$(cat "$sandbox/others/title.txt")" 'A dummy export of a test'
}
contract='every norm*,there are at least 22 norms*,channels that never vary*,no norm changes*'
passes_the_contract() { OMP_NUM_THREADS=1 "$sandbox/norm_tests" "$contract"; }
wrong_gradient_is_found() {
  sed 's/ \* g)/ * g.detach())/' "$tree/$norm" >"$sandbox/wrong.cpp"
  ! cmp -s "$tree/$norm" "$sandbox/wrong.cpp" || return
  make norm "$sandbox/wrong.cpp" "$sandbox/wrong.o" &&
    link tests/norm/bnexp_norm_tests "$sandbox/wrong_tests" "$sandbox/wrong.o" || return
  ! OMP_NUM_THREADS=1 "$sandbox/wrong_tests" "every norm's gradients*"
}
# A copy of a variant that got another name, and nothing else, is compiled together with the one that it was copied from.
copy_is_compiled() {
  local copy=$sandbox/rms_copy.cpp
  sed 's/BNEXP_NORM(rms,/BNEXP_NORM(rms_copy,/' "$tree/runner/norm/variants/rms.cpp" >"$copy"
  "$cmake" -D OUTPUT="$sandbox/both.cpp" -D "SOURCES=$tree/runner/norm/variants/rms.cpp;$copy" -P "$source_dir/cmake/unity.cmake" &&
    make norm "$sandbox/both.cpp" "$sandbox/both.o"
}

it "the build finds a norm, a model, a probe, an executor, a claim kind, a chart, an export and a subcommand by their files alone" is_found
it "they compile and link, with nothing else edited" compile_and_link
it "bnexp lists them" are_listed
it "a suite trains with the norm by name" norm_trains
it "the executor trains the model with the probe, the claim is decided, the report shows the chart, and the export lies beside it" others_are_used
it "the subcommand runs" subcommand_runs
it "the contract tests pass over the norm" passes_the_contract
it "a wrong gradient in it fails them" wrong_gradient_is_found
it "two variants with the same names inside compile together" copy_is_compiled
finish
