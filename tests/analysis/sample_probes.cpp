#include "analysis/sample_probes.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace bnexp::sample {
namespace {

Json quantiles(const std::vector<double>& mid, double width) {
  Json low = Json::array(), middle = Json::array(), high = Json::array();
  for (double m : mid) {
    low.push_back(m - width);
    middle.push_back(m);
    high.push_back(m + width);
  }
  return {{"q15", low}, {"q50", middle}, {"q85", high}};
}

}  // namespace

double noise(Random& random) { return random.uniform(-1, 1) + random.uniform(-1, 1); }

Json running_stats(double momentum, Random& random) {
  Json layers = Json::array();
  for (const auto& [layer, level] : {std::pair("norm1", 0.3), {"norm2", -0.4}}) {
    std::vector<double> mean, var;
    Json steps = Json::array();
    for (int step = 0; step <= 1000; step += 10) {
      steps.push_back(step);
      const double reached = 1 - std::pow(1 - momentum, step);
      mean.push_back(level * reached + 0.05 * std::sqrt(momentum) * noise(random));
      var.push_back(1 + 0.8 * reached + 0.1 * std::sqrt(momentum) * noise(random));
    }
    layers.push_back({{"layer", layer},
                      {"channels", 32},
                      {"steps", steps},
                      {"mean", quantiles(mean, 0.2)},
                      {"var", quantiles(var, 0.3)}});
  }
  return {{"layers", layers}, {"law", nullptr}};
}

// Theory as the probe states it; measured within a percent of it.
Json law(const Json& momentum, Random& random) {
  const int n = 32;
  Json result{{"momentum", momentum}, {"batch", n}, {"channels", 1000}, {"steps", Json::array()}};
  for (int step = 1; step <= 1000; step = step < 10 ? step + 1 : step * 5 / 4) {
    const double m = momentum.is_null() ? 1.0 / step : momentum.get<double>();
    const double gain = momentum.is_null() ? m : m / (2 - m) * (1 - std::pow(1 - m, 2 * step));
    result["steps"].push_back(step);
    for (const auto& [name, scale] : {std::pair("std_mean", 1.0 / n), {"std_var", 2.0 / (n - 1)}}) {
      result[std::string(name) + "_theory"].push_back(std::sqrt(scale * gain));
      result[name].push_back(std::sqrt(scale * gain) * (1 + 0.005 * noise(random)));
    }
  }
  return result;
}

Json activations(bool normalized, Random& random) {
  Json slots = Json::array();
  for (const char* slot : {"norm1", "norm2"}) {
    Json steps = Json::array(), series = Json::array(), densities = Json::array();
    for (int step = 0; step <= 1000; step += 50) steps.push_back(step);
    for (const char* mode : {"train", "eval"}) {
      for (const char* side : {"before", "after"}) {
        const bool stable = normalized && std::string(side) == "after";
        std::vector<double> mid;
        for (int step = 0; step <= 1000; step += 50) {
          mid.push_back((stable ? 0 : 1.5 * std::sin(step / 300.0)) + 0.05 * noise(random));
        }
        Json one = quantiles(mid, stable ? 1 : 0.6);
        one.update({{"mode", mode}, {"side", side}, {"drift", (stable ? 0.2 : 1.3) + 0.03 * noise(random)}});
        series.push_back(one);
        for (int step : {0, 1000}) {
          Json density = Json::array();
          for (int i = 0; i < 64; ++i) {
            const double x = -4 + 8 * (i + 0.5) / 64 - (stable ? 0 : step / 1000.0);
            density.push_back(std::exp(-x * x / 2) / 2.5066);
          }
          densities.push_back(
              {{"mode", mode}, {"side", side}, {"step", step}, {"low", -4}, {"high", 4}, {"density", density}});
        }
      }
    }
    slots.push_back({{"slot", slot}, {"steps", steps}, {"series", series}, {"densities", densities}});
  }
  return {{"slots", slots}};
}

Json loss_curve(double accuracy, int until, double lr, int every, Random& random) {
  Json curve{{"every", every}, {"steps", Json::array()}, {"loss", Json::array()}, {"lr", Json::array()}};
  for (int step = every; step <= until; step += every) {
    const double left = 1.1 - accuracy;
    curve["steps"].push_back(step);
    curve["loss"].push_back((left + (2.3 - left) * std::exp(-step * accuracy / 150.0)) * (1 + 0.1 * noise(random)));
    curve["lr"].push_back(lr);
  }
  return curve;
}

Json resources(double step_ms, Random& random) {
  Json probe{{"peak_rss_bytes", 412'000'000}};
  for (int step = 0; step < 400; step += 10) {
    const double ms = step_ms * (1 + 0.05 * noise(random));
    probe["steps"].push_back(step);
    probe["step_ms"].push_back(ms);
    for (const auto& [part, share] :
         {std::pair("batch_ms", 0.04), {"forward_ms", 0.36}, {"backward_ms", 0.52}, {"optimizer_ms", 0.08}}) {
      probe[part].push_back(ms * share);
    }
    probe["rss_bytes"].push_back(410'000'000);
  }
  return probe;
}

}  // namespace bnexp::sample
