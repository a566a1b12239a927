#include "support/catch.h"
#include "support/trials.h"

namespace bnexp {
namespace {

Json probe(config::TrialSpec spec, const std::string& name, const Json& settings = {}) {
  spec.probes = {tests::variant("probe", name, settings)};
  const auto result = tests::run(spec);
  REQUIRE(result.status == train::Status::ok);
  return result.probes.contains(name) ? result.probes.at(name) : result.timing.at(name);
}

TEST_CASE("the loss curve averages windows of steps and keeps the last, shorter one") {
  const Json fine = probe(tests::small_spec(), "loss_curve", {{"every", 1}});
  const Json coarse = probe(tests::small_spec(), "loss_curve", {{"every", 5}});
  CHECK(coarse.at("steps") == Json({5, 10, 12}));
  double sum = 0;
  for (int i = 0; i < 5; ++i) sum += fine.at("loss")[i].get<double>();
  CHECK(coarse.at("loss")[0].get<double>() == Approx(sum / 5));
}

TEST_CASE("the noise of running statistics follows its law") {
  for (const Json& momentum : {Json(0.01), Json(0.1), Json(0.5), Json(0.9), Json(nullptr)}) {
    INFO("momentum " << momentum.dump());
    config::TrialSpec spec = tests::small_spec();
    spec.norm.settings["momentum"] = momentum;
    const Json law = probe(spec, "running_stats").at("law");
    const auto last = [&](const char* name) { return law.at(name).back().get<double>(); };
    // The deviation of a deviation over 1000 channels is 1 / sqrt(2 * 999) = 2.2%.
    CHECK(last("std_mean") == Approx(last("std_mean_theory")).epsilon(0.08));
    CHECK(last("std_var") == Approx(last("std_var_theory")).epsilon(0.08));
  }
}

TEST_CASE("the law's stationary values are those of an exponential average") {
  config::TrialSpec spec = tests::small_spec();
  spec.norm.settings["momentum"] = 0.1;
  const Json law = probe(spec, "running_stats").at("law");
  CHECK(law.at("std_mean_theory").back().get<double>() == Approx(std::sqrt(0.1 / (1.9 * 32))));
  CHECK(law.at("std_var_theory").back().get<double>() == Approx(std::sqrt(2.0 / 31 * 0.1 / 1.9)));
}

TEST_CASE("running statistics are read per layer, and not at all where there are none") {
  const Json result = probe(tests::small_spec(), "running_stats", {{"every", 4}, {"law_steps", 0}});
  REQUIRE(result.at("layers").size() == 2);
  CHECK(result.at("layers")[0].at("layer") == "norm1");
  CHECK(result.at("layers")[0].at("steps") == Json({4, 8, 12}));
  CHECK(result.at("layers")[1].at("channels") == 16);
  CHECK(result.at("law").is_null());
  config::TrialSpec none = tests::small_spec();
  none.norm = tests::variant("norm", "none");
  CHECK(probe(none, "running_stats").at("layers").empty());
}

TEST_CASE("activations are standardized after batch norm in training mode, and untouched without a norm") {
  config::TrialSpec spec = tests::small_spec();
  const Json slots = probe(spec, "activations", {{"every", 6}, {"images", 100}}).at("slots");
  REQUIRE(slots.size() == 2);
  CHECK(slots[0].at("steps") == Json({0, 6, 12}));
  REQUIRE(slots[0].at("series").size() == 4);
  for (const auto& line : slots[0].at("series")) {
    if (line.at("mode") != "train" || line.at("side") != "after") continue;
    // About one standard deviation on each side of the median, whatever comes in.
    CHECK(line.at("q85")[0].get<double>() - line.at("q15")[0].get<double>() == Approx(2).margin(0.8));
  }

  spec.norm = tests::variant("norm", "none");
  const Json bare = probe(spec, "activations", {{"every", 6}}).at("slots");
  const auto& series = bare[0].at("series");
  CHECK(series[0].at("q50") == series[1].at("q50"));
}

TEST_CASE("on an untrained network batch norm in evaluation mode is nearly the identity") {
  config::TrialSpec spec = tests::small_spec();
  spec.train.steps = 0;
  const Json slots = probe(spec, "activations").at("slots");
  std::map<std::string, double> median;
  for (const auto& line : slots[0].at("series")) {
    if (line.at("mode") == "eval") median[line.at("side")] = line.at("q50")[0];
  }
  CHECK(median.at("before") == Approx(median.at("after")).epsilon(1e-4));
}

TEST_CASE("densities integrate to one") {
  const Json slots = probe(tests::small_spec(), "activations").at("slots");
  for (const auto& shape : slots[0].at("densities")) {
    double area = 0;
    const double width = (shape.at("high").get<double>() - shape.at("low").get<double>()) / 64;
    for (const auto& height : shape.at("density")) area += height.get<double>() * width;
    CHECK(area == Approx(1));
  }
}

TEST_CASE("activations that are not finite are null, and densities are of those that are") {
  config::TrialSpec spec = tests::small_spec();
  spec.data.settings["mean"] = 1e39;
  spec.norm = tests::variant("norm", "none");
  spec.probes = {tests::variant("probe", "activations")};
  const auto result = tests::run(spec);
  CHECK(train::to_string(result.status) == "diverged");
  const Json& slot = result.probes.at("activations").at("slots").at(0);
  for (const auto& line : slot.at("series")) {
    CHECK(line.at("q50").at(0).is_null());
    CHECK(line.at("drift").is_null());
  }
  for (const auto& shape : slot.at("densities")) CHECK(shape.at("low").is_number());
}

TEST_CASE("resources are kept apart, under timing") {
  config::TrialSpec spec = tests::small_spec();
  spec.probes = {tests::variant("probe", "resources", {{"every", 4}})};
  const auto result = tests::run(spec);
  CHECK(result.probes.empty());
  const Json& resources = result.timing.at("resources");
  CHECK(resources.at("steps") == Json({4, 8, 12}));
  CHECK(resources.at("step_ms").size() == 3);
  CHECK(resources.at("peak_rss_bytes").get<std::int64_t>() > 10'000'000);
}

}  // namespace
}  // namespace bnexp
