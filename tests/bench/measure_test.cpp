#include "bench/measure.h"

#include "bench/ways.h"
#include "config/settings/catalog.h"
#include "support/catch.h"

namespace bnexp::bench {
namespace {

config::Variant norm_of(const std::string& name) { return config::default_variant("norm", name); }

config::BenchSpec small(const std::vector<std::string>& norms) {
  config::BenchSpec spec;
  spec.norms.clear();
  for (const auto& name : norms) spec.norms.push_back(norm_of(name));
  spec.shapes = {{4, 8, 3, 3}, {4, 8}};
  spec.types = {"fp32"};
  return spec;
}

TEST_CASE("a plan has every norm on every shape that it accepts, and says why not of the others") {
  config::BenchSpec spec = small({"none", "instance", "group"});
  spec.shapes.push_back({4, 7, 3, 3});
  const Plan all = plan(spec);
  CHECK(all.cases.size() == 2 * (3 + 1 + 2));
  REQUIRE(all.refused.size() == 3);
  CHECK(all.refused[0].norm == "instance");
  CHECK(all.refused[0].shape == "4x8");
  CHECK(all.refused[0].reason.find("averages over positions") != std::string::npos);
  CHECK(all.refused[1].reason.find("groups 8 leaves one value per group") != std::string::npos);
  CHECK(all.refused[2].reason == "groups 8 doesn't divide the 7 channels of 4x7x3x3");
}

TEST_CASE("a case's id is that of its settings and of nothing else") {
  const Case one{norm_of("none"), {4, 8}, "fp32", "eval", "relu", false};
  CHECK(one.settings().dump() ==
        R"({"activation":"relu","mode":"eval","norm":{"name":"none"},"pool":false,"shape":[4,8],"type":"fp32"})");
  // printf '%s' '{"activation":...}' | sha256sum
  CHECK(one.id() == "abfffca8b111dcd0");
  Case other = one;
  other.type = "bf16";
  CHECK(other.id() != one.id());
}

TEST_CASE("a label says what differs from the norm's defaults") {
  config::Variant group = norm_of("group");
  CHECK(norm_label(group) == "group");
  group.settings["groups"] = 2;
  CHECK(norm_label(group) == "group (groups=2)");
}

TEST_CASE("every way of a case computes the same function, within what its type holds") {
  config::BenchSpec spec =
      small({"batch", "batch_reference", "layer", "layer_channel", "rms", "group", "instance", "none"});
  spec.shapes = {{4, 16, 4, 6}};
  spec.types = {"fp32", "bf16"};
  spec.pool = true;
  Options options;
  options.repetitions = 1;
  options.repetition_s = 1e-6;
  const Outcome outcome = measure(plan(spec), options);
  CHECK(outcome.cases.size() == 8 * 2 * 2);
  for (const auto& one : outcome.cases) {
    INFO(one.what.label());
    CHECK(one.composed_is_torch == (one.what.type == "fp32" && one.what.norm.name != "batch_reference"));
    CHECK(one.ways.size() + one.absent.size() == 3);
    for (const auto& way : one.ways) {
      INFO(way.name);
      CHECK(way.difference < (one.what.type == "fp32" ? 1e-5 : 0.03));
    }
  }
}

TEST_CASE("every way is timed in both directions, as often as it was asked for") {
  Options options;
  options.repetitions = 3;
  options.repetition_s = 1e-5;
  const Outcome outcome = measure(plan(small({"batch", "dyt"})), options);
  CHECK_FALSE(outcome.interrupted);
  REQUIRE(outcome.cases.size() == 8);
  for (const auto& one : outcome.cases) {
    INFO(one.what.label());
    CHECK(one.copy.ns.size() == 3);
    CHECK(one.copy_bytes == one.forward_bytes);
    CHECK(2 * one.backward_bytes == 3 * one.forward_bytes);
    CHECK((one.ways.front().name == "fused") == (one.what.norm.name == "batch"));
    for (const auto& way : one.ways) {
      CHECK(way.forward.ns.size() == 3);
      CHECK(way.forward.iterations > 0);
      for (const double ns : way.forward.ns) CHECK(ns > 0);
      CHECK(way.backward.has_value() == one.what.trains());
      CHECK(way.kept_bytes.has_value() == one.what.trains());
      if (!way.backward) continue;
      CHECK(way.backward->ns.size() == 3);
      for (const double ns : way.backward->ns) CHECK(ns > 0);
    }
  }
}

TEST_CASE("rounds go over all cases, so a stop leaves each with as many repetitions as the others") {
  std::vector<Progress> seen;
  Options options;
  options.repetitions = 100;
  options.repetition_s = 1e-6;
  options.progress = [&](const Progress& progress) { seen.push_back(progress); };
  options.stop = [&] { return !seen.empty() && seen.back().round == 3 && seen.back().done > 0; };
  const Outcome outcome = measure(plan(small({"none", "batch"})), options);
  CHECK(outcome.interrupted);
  // Two copies; of 4 cases in training and 4 in evaluation, 2 ways each.
  CHECK(seen.front().in_round == 2 + 4 * 4 + 4 * 2);
  for (std::size_t i = 1; i < seen.size(); ++i) {
    CHECK(seen[i].round == (seen[i - 1].done == seen[i - 1].in_round ? seen[i - 1].round + 1 : seen[i - 1].round));
  }
  CHECK(outcome.cases.size() == 8);
  for (const auto& one : outcome.cases) {
    for (const auto& way : one.ways) CHECK(way.forward.ns.size() == 2);
  }
}

TEST_CASE("a stop before the first round is over keeps nothing") {
  Options options;
  options.stop = [] { return true; };
  const Outcome outcome = measure(plan(small({"batch"})), options);
  CHECK(outcome.interrupted);
  CHECK(outcome.cases.empty());
}

TEST_CASE("what fails when it is tried is left out with what it said") {
  config::BenchSpec spec = small({"batch"});
  spec.shapes = {{1, 8}};  // one value per channel has no variance to train on
  spec.modes = {"train"};
  const Plan planned = plan(spec);
  const Outcome outcome = measure(planned, {});
  CHECK(outcome.cases.empty());
  REQUIRE(outcome.refused.size() == 1);
  CHECK(outcome.refused[0].reason.find("more than 1 value per channel") != std::string::npos);
  CHECK(outcome.failed.contains(planned.cases.front().id()));
}

TEST_CASE("every norm that stands outside of recurrences can be measured") {
  config::BenchSpec spec = small(config::Catalog::instance().names("norm"));
  spec.shapes = {{4, 16, 3, 3}};
  spec.types = {"fp32", "bf16"};
  Options options;
  options.repetitions = 1;
  options.repetition_s = 1e-6;
  const Outcome outcome = measure(plan(spec), options);
  CHECK(outcome.failed.empty());
  std::set<std::string> refused;
  for (const auto& one : outcome.refused) refused.insert(one.norm);
  CHECK(refused == std::set<std::string>{"recurrent_batch", "torchscript"});
  CHECK(outcome.cases.size() == 4 * (spec.norms.size() - 2));
}

}  // namespace
}  // namespace bnexp::bench
