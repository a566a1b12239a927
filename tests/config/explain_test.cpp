#include "config/suite/explain.h"

#include <algorithm>
#include <string>

#include "config/files.h"
#include "support/catch.h"

namespace bnexp::config {
namespace {

Explanation only(const std::vector<Explanation>& all) {
  REQUIRE(all.size() == 1);
  return all.front();
}

TEST_CASE("explain says whether a value is a default or comes from a file, its base or --set") {
  Files files;
  files.write("base.yaml", "train: {optimizer: {name: sgd, lr: 0.02}}\nseeds: 2\n");
  files.write("s.yaml", "base: base.yaml\nquestion: Why?\ntrain:\n  optimizer: {lr: 0.03}\n");
  const auto ask = [](const std::string& key) { return only(explain("s.yaml", {"train.optimizer.lr=0.05"}, key)); };
  const auto lr = ask("train.optimizer.lr");
  CHECK(lr.value == 0.05);
  CHECK(lr.where == "--set train.optimizer.lr=0.05");
  CHECK(lr.doc == "learning rate before the schedule's factor");
  CHECK(lr.hidden == std::vector<std::string>{"s.yaml:4:19: 0.03", "base.yaml:1:36: 0.02", "default: 0.01"});
  CHECK(ask("train.batch_size").where == "default");
  CHECK(ask("train.batch_size").hidden.empty());
  CHECK(ask("seeds").where == "base.yaml:2:8");
  CHECK(ask("question").value == "Why?");
  CHECK(ask("base").where == "s.yaml:1:7");
  CHECK(ask("suite").value == "s");
}

TEST_CASE("explaining a group lists every setting below it, the variant first") {
  Files files;
  files.write("s.yaml", "norm: {name: group, groups: 4}\n");
  std::vector<std::string> keys;
  for (const auto& one : explain("s.yaml", {}, "norm")) keys.push_back(one.key);
  CHECK(keys == std::vector<std::string>{"norm", "norm.groups", "norm.eps", "norm.affine"});
  CHECK(explain("s.yaml", {}, "norm").front().value == "group");
  CHECK(explain("s.yaml", {}, "").size() > 20);
}

TEST_CASE("explaining a swept setting gives its values and the place of the list") {
  Files files;
  files.write("s.yaml", "norm: layer\nsweep: {grid: {norm: [none, batch], train.optimizer.lr: [0.1, 0.2]}}\n");
  const auto lr = only(explain("s.yaml", {}, "train.optimizer.lr"));
  CHECK(lr.value == Json::parse("[0.1, 0.2]"));
  CHECK(lr.where == "sweep, s.yaml:2:57");
  const auto norm = explain("s.yaml", {}, "norm").front();
  CHECK(norm.value == Json::parse(R"(["none", "batch"])"));
  CHECK(norm.hidden == std::vector<std::string>{"s.yaml:1:7: layer", "default: batch"});
  const auto momentum = only(explain("s.yaml", {}, "norm.momentum"));
  CHECK(momentum.where == "default, in 2 of 4 arms");
  CHECK(only(explain("s.yaml", {}, "sweep.grid.norm")).where == "s.yaml:2:22");
}

TEST_CASE("a budget that was taken away says by whom") {
  Files files;
  files.write("s.yaml", "train: {epochs: 3}\n");
  const auto epochs = only(explain("s.yaml", {"train.steps=7"}, "train.epochs"));
  CHECK(epochs.value.is_null());
  CHECK(epochs.where == "--set train.steps=7, as train.steps is given");
  CHECK(epochs.hidden.front() == "s.yaml:1:17: 3");
}

TEST_CASE("explaining an unknown key names the nearest, or whose it is") {
  Files files;
  files.write("s.yaml", "norm: batch\n");
  const auto hint = [](const std::string& key) {
    try {
      explain("s.yaml", {}, key);
    } catch (const Error& error) {
      return std::string(error.what()) + "; " + error.hint();
    }
    return std::string();
  };
  CHECK(hint("train.optimiser.lr") == "unknown key 'train.optimiser.lr'; did you mean 'train.optimizer.lr'?");
  CHECK(hint("lr") == "unknown key 'lr'; did you mean 'train.optimizer.lr'?");
  CHECK(contains(hint("norm.groups"),
                 "'norm.groups' is a parameter of evonorm_s0, group, weight_standardization, which no arm"));
}

}  // namespace
}  // namespace bnexp::config
