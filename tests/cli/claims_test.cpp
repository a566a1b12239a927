// Claims and repeated looks as their user meets them.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/program.h"
#include "support/catch.h"

namespace bnexp {
namespace {

using tests::Program;

// Without a norm, rate 30 diverges.
constexpr const char* kDiverging = R"(suite: claims
question: Does it hold?
model: {name: mlp, widths: [32, 32]}
data: {name: digits, train: 600, test: 200, validation: 100}
train: {steps: 60, batch_size: 32, log_every: 20}
trains_above: 0.3
seeds: 4
sweep:
  grid:
    norm: [none, batch]
    train.optimizer.lr: [0.1, 30]
claims:
  - id: wider
    says: Batch normalization trains at rates at least as high
    kind: usable_range
    arms: {norm: batch}
    against: {norm: none}
)";

// Rates too alike to be told apart by two seeds.
constexpr const char* kAlike = R"(suite: alike
question: Which rate is better?
model: {name: mlp, widths: [16]}
data: {name: digits, train: 400, test: 200, validation: 100}
train: {steps: 30, batch_size: 32}
seeds: 3
sweep:
  grid:
    norm: [batch, none, layer]
)";

std::vector<std::string> run(const Program& bnexp, const char* store, const std::vector<std::string>& more = {}) {
  std::vector<std::string> words{"run", bnexp.path("claims.yaml").string(), "--store", bnexp.path(store).string(),
                                 "--quiet"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// The ids of a store's plan, sorted, and the verdicts in its report.
std::pair<std::vector<std::string>, std::string> decisions(const Program& bnexp, const char* store) {
  std::vector<std::string> ids;
  const Json plan = Json::parse(tests::read_file(bnexp.path(store) / "suite.json"));
  for (const auto& trial : plan.at("trials")) ids.push_back(trial.at("trial"));
  std::ranges::sort(ids);
  const std::string report = tests::read_file(bnexp.path(store) / "report.md");
  const std::size_t start = report.find("## Against");
  REQUIRE(start != std::string::npos);
  return {ids, report.substr(start, report.find("\n## ", start + 1) - start)};
}

}  // namespace

TEST_CASE("a run whose only failures a claim allows for ends with 0 and the claim's verdict") {
  const Program bnexp;
  bnexp.write("claims.yaml", kDiverging);
  const auto outcome = bnexp(run(bnexp, "store"));
  INFO(outcome.out);
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.out.find("diverged") != std::string::npos);
  const std::string last = outcome.out.substr(outcome.out.rfind('\n', outcome.out.size() - 2) + 1);
  CHECK(last.starts_with("confirmed     wider: "));

  const auto shown = bnexp({"claims", bnexp.path("store").string()});
  CHECK(shown.code == 0);
  CHECK(shown.out.find("confirmed     wider: Batch normalization trains at rates at least as high") !=
        std::string::npos);
  const Json json = Json::parse(bnexp({"claims", "--json", bnexp.path("store").string()}).out);
  CHECK(json.at(0).at("claims").at(0).at("verdict") == "confirmed");
  CHECK(Json::parse(tests::read_file(bnexp.path("store") / "claims.json")).at("claims") == json.at(0).at("claims"));
}

TEST_CASE("a refuted claim makes the exit code 1") {
  const Program bnexp;
  std::string text = kDiverging;
  text.replace(text.find("arms: {norm: batch}"), 19, "arms: {norm: none}");
  text.replace(text.find("against: {norm: none}"), 21, "against: {norm: batch}\n    at_least: 10");
  bnexp.write("claims.yaml", text);
  CHECK(bnexp(run(bnexp, "store")).code == 1);
  CHECK(bnexp({"claims", bnexp.path("store").string()}).code == 1);
}

TEST_CASE("a divergence that no claim allows for makes the exit code 1") {
  const Program bnexp;
  std::string text = kDiverging;
  bnexp.write("claims.yaml", text.substr(0, text.find("claims:\n")));
  CHECK(bnexp(run(bnexp, "store")).code == 1);
}

TEST_CASE("claims without a store lists those of the shipped configurations") {
  const Program bnexp;
  const auto all = bnexp({"claims"});
  CHECK(all.code == 0);
  CHECK(all.out.find("quickstart\n") != std::string::npos);
  CHECK(all.out.find("bn-wider-lr: ") != std::string::npos);
}

TEST_CASE(
    "seeds are added until comparisons are decided, and an interrupted run and several at once come to the same "
    "decisions") {
  const Program bnexp;
  bnexp.write("claims.yaml", kAlike);
  const std::vector<std::string> until{"--until-decided", "--max-seeds", "6"};
  REQUIRE(bnexp(run(bnexp, "whole", until)).code == 0);
  auto some = until;
  some.insert(some.end(), {"--max-time", "1e-9"});
  REQUIRE(bnexp(run(bnexp, "parts", some)).code == 0);
  REQUIRE(bnexp(run(bnexp, "parts", until)).code == 0);
  const auto whole = decisions(bnexp, "whole");
  CHECK(whole == decisions(bnexp, "parts"));
  CHECK(whole.first.size() > 9);  // three seeds decide too little here
  CHECK(whole.first.size() <= 18);
  CHECK(whole.second.find("Seeds were added one at a time from 3 on, at most to 6") != std::string::npos);
  const auto again = bnexp(run(bnexp, "whole", until));
  CHECK(again.out.find("nothing to train") != std::string::npos);
  std::vector<tests::Process> together;
  for (int i = 0; i < 3; ++i) together.push_back(bnexp.start(run(bnexp, "shared", until)));
  for (const auto& process : together) {
    const auto outcome = process.wait();
    CHECK(outcome.code == 0);
    CHECK(outcome.out.find(fmt::format("{0} trials: {0} ok", whole.first.size())) != std::string::npos);
  }
  CHECK(whole == decisions(bnexp, "shared"));
}

TEST_CASE("a number of seeds at most without --until-decided is refused") {
  const Program bnexp;
  bnexp.write("claims.yaml", kAlike);
  CHECK(bnexp(run(bnexp, "store", {"--max-seeds", "6"})).code == 2);
}

TEST_CASE("a number of seeds at most below the suite's is refused, before anything is written") {
  const Program bnexp;
  bnexp.write("claims.yaml", kAlike);
  const auto outcome = bnexp(run(bnexp, "store", {"--until-decided", "--max-seeds", "2"}));
  CHECK(outcome.code == 2);
  CHECK(outcome.err.find("--max-seeds 2 is less than the suite's 3 seeds") != std::string::npos);
  CHECK(outcome.err.find("--set seeds=2") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(bnexp.path("store")));
  const auto planned = bnexp({"plan", bnexp.path("claims.yaml").string(), "--until-decided", "--max-seeds", "2"});
  CHECK(planned.code == 2);
  // 20, the default, is not a wish.
  const auto many = bnexp({"plan", bnexp.path("claims.yaml").string(), "--until-decided", "--set", "seeds=21"});
  CHECK(many.code == 0);
  CHECK(many.out.find("63 trials") != std::string::npos);
}

}  // namespace bnexp
