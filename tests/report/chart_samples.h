// Stores whose charts are hard to draw: many levels, unequal spacing, composite levels.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

#include "analysis/sample.h"
#include "analysis/sample_probes.h"

namespace bnexp::sample {

inline const std::vector<std::string>& seventeen_norms() {
  static const std::vector<std::string> norms{
      "none", "batch", "batch_renorm", "ghost", "lp",         "layer",      "group",       "rms",          "weight",
      "dyt",  "frn",   "evonorm_s0",   "lrn",   "evonorm_b0", "switchable", "noisy_batch", "layer_channel"};
  return norms;
}

// One level of one key.
struct Level {
  std::string label;  // "lr=0.1"
  Json value;
};

// Every combination of two keys, or of one if `second` is empty; each arm's accuracy differs from every other's.
inline Store crossed(const std::string& suite, const std::string& first_path, const std::vector<Level>& first,
                     const std::string& second_path = "", const std::vector<Level>& second = {}) {
  std::vector<store::Manifest::Arm> arms;
  std::vector<std::string> swept{first_path};
  if (!second.empty()) swept.push_back(second_path);
  for (const auto& one : first) {
    if (second.empty()) arms.push_back({one.label, {{first_path, one.value}}});
    for (const auto& other : second) {
      arms.push_back({one.label + ", " + other.label, {{first_path, one.value}, {second_path, other.value}}});
    }
  }
  std::size_t next = 0;
  return planned(suite, "Which " + suite + "?", swept, arms, 3, [&](store::Record& record) {
    const auto arm = static_cast<double>(next++ / 3);
    const double accuracy =
        0.97 - 0.08 * std::fmod(arm * 7, static_cast<double>(arms.size())) / static_cast<double>(arms.size()) +
        0.0007 * static_cast<double>(record.seed);
    record.result.metrics["test_accuracy"] = accuracy;
    record.result.metrics["validation_accuracy"] = accuracy;
    Random random(static_cast<std::uint64_t>(record.seed), "probes/" + record.arm);
    record.result.probes["loss_curve"] = loss_curve(accuracy, 400, 0.1, 10, random);
    record.result.timing["resources"] = resources(10 + arm, random);
  });
}

inline std::vector<Level> levels(const std::string& name, const std::vector<Json>& values) {
  std::vector<Level> levels;
  for (const auto& value : values) levels.push_back({name + "=" + value_text(value), value});
  return levels;
}

inline std::vector<Level> norm_levels(std::size_t count) {
  std::vector<Level> levels;
  for (std::size_t i = 0; i < count; ++i) levels.push_back({"norm=" + seventeen_norms()[i], seventeen_norms()[i]});
  return levels;
}

// 17 norms; one of them diverges at every seed.
inline Store many_norms() {
  Store store = crossed("many_norms", "norm", norm_levels(17));
  for (auto& record : store.records) {
    if (record.arm == "norm=frn") diverge(record, 30);
  }
  return store;
}

inline Store many_norms_by_rate() {
  return crossed("many_norms_by_rate", "norm", norm_levels(17), "train.optimizer.lr", levels("lr", {0.001, 0.01, 0.1}));
}

// Powers of two.
inline Store batch_grid() {
  return crossed("batch_grid", "norm", norm_levels(3), "train.batch_size", levels("batch_size", {2, 4, 8, 16, 32}));
}

// Two learning rates so close that colours hardly fit between them.
inline Store uneven_rates() {
  return crossed("uneven_rates", "norm", norm_levels(5), "train.optimizer.lr", levels("lr", {0.001, 0.01, 0.02, 1.0}));
}

inline Store many_rates(int count) {
  std::vector<Json> rates;
  for (int i = 0; i < count; ++i) rates.emplace_back(std::stod(fmt::format("{:.3g}", 0.0001 * std::pow(1.17, i))));
  return crossed("many_rates", "train.optimizer.lr", levels("lr", rates));
}

// One key whose levels are composite text, as zipped keys are.
inline Store zipped() {
  std::vector<Level> pairs;
  for (const int batch : {8, 64, 512}) {
    const std::string text = fmt::format("batch_size={}, lr={}", batch, 0.0015625 * batch);
    pairs.push_back({text, text});
  }
  return crossed("zipped", "norm.momentum", levels("momentum", {0.001, 0.01, 0.1, Json()}),
                 "train.batch_size, train.optimizer.lr", pairs);
}

// lr_sweep whose unit after norm1 has the same value for every image where there is no norm.
inline Store dead_units() {
  Store store = lr_sweep();
  for (auto& record : store.records) {
    if (record.arm_values["norm"] != "none") continue;
    for (auto& density : record.result.probes["activations"]["slots"][0]["densities"]) {
      if (density["side"] != "after") continue;
      density["low"] = 0.25;
      density["high"] = 0.25 + 1e-12;
      density["density"] = std::vector<double>(64, 0.0);
      density["density"][0] = 6.4e13;
    }
  }
  return store;
}

inline std::vector<std::pair<std::string, Store>> chart_samples() {
  std::vector<std::pair<std::string, Store>> samples;
  samples.emplace_back("many_norms", many_norms());
  samples.emplace_back("many_norms_by_rate", many_norms_by_rate());
  samples.emplace_back("batch_grid", batch_grid());
  samples.emplace_back("uneven_rates", uneven_rates());
  samples.emplace_back("many_rates", many_rates(60));
  samples.emplace_back("zipped", zipped());
  samples.emplace_back("dead_units", dead_units());
  return samples;
}

}  // namespace bnexp::sample
