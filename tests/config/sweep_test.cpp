#include "config/suite/sweep.h"

#include <algorithm>
#include <ctime>
#include <set>
#include <string>

#include "config/files.h"
#include "support/catch.h"

namespace bnexp::config {
namespace {

std::vector<std::string> labels(const Suite& suite) {
  std::vector<std::string> result;
  for (const auto& arm : suite.arms) result.push_back(arm.label);
  return result;
}

using Names = std::vector<std::string>;

TEST_CASE("a grid is every combination, the last key varying fastest, seeds within each arm") {
  const auto suite = load_text("seeds: 2\nsweep: {grid: {norm: [none, batch], train.optimizer.lr: [0.1, 1.0]}}\n");
  CHECK(labels(suite) == Names{"norm=none, lr=0.1", "norm=none, lr=1", "norm=batch, lr=0.1", "norm=batch, lr=1"});
  REQUIRE(suite.trials.size() == 8);
  CHECK(suite.trials[2].arm == 1);
  CHECK(suite.trials[2].settings["seed"] == 1);
  CHECK(suite.trials[3].settings["seed"] == 2);
  CHECK(suite.trials[3].spec.seed == 2);
  CHECK(suite.trials[3].settings["train"]["optimizer"]["lr"] == 1.0);
  CHECK(suite.arms[1].values == Json::parse(R"({"norm": "none", "train.optimizer.lr": 1.0})"));
  CHECK(suite.swept == Names{"norm", "train.optimizer.lr"});
}

TEST_CASE("what counts as chance and as trained is the suite's, and part of no trial") {
  const auto usual = load_text("seeds: 1\n");
  CHECK(usual.chance_accuracy == 0.1);
  CHECK(usual.trains_above == 0.9);
  const auto suite = load_text("seeds: 1\nchance_accuracy: 0.5\ntrains_above: 0.75\n");
  CHECK(suite.chance_accuracy == 0.5);
  CHECK(suite.trains_above == 0.75);
  CHECK(suite.trials[0].settings == usual.trials[0].settings);
}

TEST_CASE("lists of a zip walk together and multiply with the grid") {
  const auto suite = load_text(
      "sweep:\n  grid: {norm: [none, batch]}\n  zip: {train.batch_size: [8, 64], train.optimizer.lr: [0.01, 0.1]}\n");
  CHECK(labels(suite) == Names{"norm=none, batch_size=8, lr=0.01", "norm=none, batch_size=64, lr=0.1",
                               "norm=batch, batch_size=8, lr=0.01", "norm=batch, batch_size=64, lr=0.1"});
}

TEST_CASE("without a sweep there is one arm") {
  const auto suite = load_text("suite: x\n");
  CHECK(labels(suite) == Names{"all"});
  CHECK(suite.arms[0].values == Json::object());
}

TEST_CASE("seeds are a count from 1, or a list in its order") {
  CHECK(load_text("seeds: 3\n").seeds == std::vector<std::int64_t>{1, 2, 3});
  CHECK(load_text("seeds: [7, 0]\n").seeds == std::vector<std::int64_t>{7, 0});
  CHECK(load_text("suite: x\n").seeds == std::vector<std::int64_t>{1});
  CHECK(contains(refusal_of("seeds: []\n"), "found an empty one"));
  CHECK(contains(refusal_of("seeds: 1.5\n"), "seeds must be a whole number or a list"));
  CHECK(contains(refusal_of("seeds: [9007199254740992]\n"), "between 0 and 9007199254740991"));
}

TEST_CASE("an arm is named by what distinguishes it from the others") {
  CHECK(labels(load_text("sweep: {grid: {norm: [none, batch, {name: batch, momentum: 0.2}]}}\n")) ==
        Names{"norm=none", "norm=batch", "norm=batch(momentum=0.2)"});
  CHECK(labels(load_text("sweep: {grid: {norm: [{name: group, groups: 4, eps: 1e-3}, {name: group, groups: 8, eps: "
                         "1e-3}]}}\n")) == Names{"norm=group(groups=4)", "norm=group(groups=8)"});
  CHECK(labels(load_text("norm: batch\nsweep: {grid: {norm.momentum: [0.1], train.optimizer.momentum: [0.9]}}\n")) ==
        Names{"norm.momentum=0.1, optimizer.momentum=0.9"});
  CHECK(labels(load_text("sweep: {grid: {norm.name: [none, batch], probes: [[], [loss_curve]]}}\n")).at(1) ==
        "norm=none, probes=[loss_curve]");
  CHECK(labels(load_text("sweep: {grid: {norm.momentum: [0.001, null]}}\n")) ==
        Names{"momentum=0.001", "momentum=null"});
}

TEST_CASE("a swept variant comes before its parameters, in whatever order they are written") {
  const auto suite = load_text("sweep: {grid: {norm.eps: [1e-3, 1e-4], norm: [batch, group]}}\n");
  REQUIRE(suite.arms.size() == 4);
  CHECK(suite.arms[1].label == "eps=0.001, norm=group");
  CHECK(suite.arms[1].spec.norm.settings["eps"] == 1e-3);
}

TEST_CASE("values that the sweep replaces need not be valid") {
  CHECK(load_text("norm: bogus\nsweep: {grid: {norm: [none, batch]}}\n").arms.size() == 2);
}

TEST_CASE("budgets may be swept together by a zip with nulls") {
  const auto suite = load_text("sweep: {zip: {train.epochs: [2, null], train.steps: [null, 50]}}\n");
  CHECK(suite.arms[0].spec.train.epochs == 2);
  CHECK_FALSE(suite.arms[0].spec.train.steps.has_value());
  CHECK(suite.arms[1].spec.train.steps == 50);
  CHECK_FALSE(suite.arms[1].spec.train.epochs.has_value());
  CHECK(contains(refusal_of("sweep: {grid: {train.epochs: [2], train.steps: [50]}}\n"), "cannot both vary in a grid"));
  CHECK(contains(refusal_of("sweep: {zip: {train.epochs: [2], train.steps: [50]}}\n"),
                 "only one of them can be the budget"));
  CHECK_FALSE(load_text("sweep: {grid: {train.steps: [5, 10]}}\n").arms.at(0).spec.train.epochs.has_value());
}

TEST_CASE("a rule leaves out the arms that match all of its keys") {
  const std::string grid =
      "sweep:\n  grid: {norm: [none, batch, {name: batch, eps: 0.5}], train.optimizer.lr: [0.1, 1]}\n";
  CHECK(load_text(grid + "  exclude: [{norm: none, train.optimizer.lr: 1.0}]\n").arms.size() == 5);
  CHECK(load_text(grid + "  exclude: [{norm: batch}]\n").arms.size() == 2);
  CHECK(load_text(grid + "  exclude: [{norm.eps: 1e-5, train.optimizer.lr: 0.1}]\n").arms.size() == 5);
  CHECK(load_text(grid + "  exclude: [{norm: {name: batch, eps: 0.5}}]\n").arms.size() == 4);
  CHECK(load_text(grid + "  exclude: [{train.optimizer.lr: [0.1, 2e-1]}]\n", {"sweep.grid.norm=[batch]"}).arms.size() ==
        1);
  CHECK(contains(refusal_of(grid + "  exclude: [{train.optimizer.lr: [0.1, 1]}]\n"), "every arm is excluded"));
}

TEST_CASE("a rule may leave out what would be refused") {
  const auto suite =
      load_text("sweep:\n  grid: {norm: [none, batch], norm.momentum: [0.1, 0.2]}\n  exclude: [{norm: none}]\n");
  CHECK(labels(suite) == Names{"norm=batch, momentum=0.1", "norm=batch, momentum=0.2"});
}

TEST_CASE("a rule made idle from the command line is no slip") {
  const std::string text =
      "sweep:\n  grid: {norm: [none, batch], train.optimizer.lr: [0.1, 1]}\n"
      "  exclude: [{norm: none, train.optimizer.lr: 1}]\n";
  CHECK(load_text(text, {"sweep.grid.norm=[batch]"}).arms.size() == 2);
  CHECK(load_text(text, {"sweep.grid.norm=null"}).arms.size() == 2);
}

TEST_CASE("what an arm lacks is told with the arm") {
  const auto refused = refusal_of("sweep: {grid: {norm: [none, batch], norm.momentum: [0.1, 0.2]}}\n");
  CHECK(contains(refused, "unknown key 'momentum' in norm 'none'"));
  CHECK(contains(refused, "in 2 of 4 arms, the first: norm=none, momentum=0.1"));
}

TEST_CASE("a check's findings are placed where their key was given") {
  const TrialCheck check = [](const TrialSpec& spec) {
    std::vector<Finding> findings;
    if (spec.norm.name != "group") return findings;
    const auto groups = spec.norm.settings["groups"].get<std::int64_t>();
    if (32 % groups != 0) findings.push_back({"norm.groups", "groups do not divide 32 channels", "try 8"});
    return findings;
  };
  CHECK(
      contains(refusal_of("norm: {name: group, groups: 5}\n", {}, check), "s.yaml:1:29: error: groups do not divide"));
  CHECK(
      contains(refusal_of("sweep: {grid: {norm.groups: [4, 5, 6]}}\nnorm: group\n", {}, check), "s.yaml:1:33: error"));
  CHECK(contains(refusal_of("norm: group\n", {"norm.groups=7"}, check), "    norm.groups=7\n                ^\n"));
  CHECK(load_text("norm: group\n", {}, check).arms.size() == 1);
}

TEST_CASE("too many trials are refused before they are made") {
  std::string values = "[1";
  for (int i = 2; i <= 1000; ++i) values += ", " + std::to_string(i);
  values += "]";
  const auto refused = refusal_of("sweep: {grid: {train.batch_size: " + values + ", train.log_every: " + values +
                                  ", train.steps: " + values + "}}\n");
  CHECK(contains(refused, "1000000000 arms with 1 seeds are more than 100000 trials"));
}

TEST_CASE("the time to plan a sweep grows with the number of trials, not with its square") {
  const auto seconds = [](int side) {
    std::string values = "[1";
    for (int i = 2; i <= side; ++i) values += ", " + std::to_string(i);
    const std::clock_t start = std::clock();
    const auto suite =
        load_text("sweep: {grid: {train.batch_size: " + values + "], train.optimizer.lr: " + values + "]}}\n");
    const double result = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    std::set<std::string> distinct;
    for (const auto& arm : suite.arms) distinct.insert(arm.label);
    CHECK(distinct.size() == static_cast<std::size_t>(side) * side);
    CHECK(suite.trials.size() == distinct.size());
    return result;
  };
  const double few = std::min(seconds(50), seconds(50)), many = std::min(seconds(100), seconds(100));
  CAPTURE(few, many);
#ifndef __SANITIZE_ADDRESS__
  CHECK(many < 3);  // of processor time for 10,000 trials, half a second on an idle machine
#endif
  CHECK(many < 9 * few);  // about 4 times if it grows with the number, 16 times if with its square
}

}  // namespace
}  // namespace bnexp::config
