// What the tests of a CUDA device share. Elsewhere they are skipped. With BNEXP_TEST_DEVICE=cpu they compare the CPU
// with itself: a rehearsal, for who changes them and has no such device.
#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "model/model.h"
#include "norm/every_norm.h"
#include "support/catch.h"
#include "support/trials.h"
#include "train/device.h"
#include "train/trainer.h"

namespace bnexp::tests {

// "cuda", or "" where there is none that LibTorch can use.
inline const std::string& device_name() {
  static const std::string name = [] {
    const char* asked = std::getenv("BNEXP_TEST_DEVICE");
    if (asked != nullptr) return std::string(asked);
    return std::string(train::decided_device("auto") == "cuda" ? "cuda" : "");
  }();
  return name;
}

// The first line of each test.
#define BNEXP_NEEDS_CUDA                                                    \
  if (::bnexp::tests::device_name().empty()) {                              \
    WARN("skipped: this machine has no CUDA device that LibTorch can use"); \
    return;                                                                 \
  }                                                                         \
  static_cast<void>(0)

inline torch::Device device() { return torch::Device(device_name()); }

// Small enough that a test of all of them takes seconds. Norms refuse some slots: of a model's forms, the first that
// the norm can stand in throughout counts.
inline std::vector<config::Variant> forms(const std::string& model) {
  static const std::map<std::string, std::vector<Json>> sizes{
      {"convnet",
       {{{"conv1", 8}, {"conv2", 16}, {"fc1", 32}}, {{"conv1", 8}, {"conv2", 16}, {"norm_after", {"conv1", "conv2"}}}}},
      {"deep_linear", {{{"depth", 3}, {"width", 16}}}},
      {"lstm",
       {{{"hidden", 16}, {"pool", 7}},
        {{"hidden", 16}, {"pool", 7}, {"norm_at", {"input", "hidden"}}},
        {{"hidden", 16}, {"pool", 7}, {"norm_at", {"hidden"}}}}},
      {"mlp", {{{"widths", {64, 32}}}}},
      {"residual_mlp",
       {{{"depth", 2}, {"width", 32}},
        {{"depth", 2}, {"width", 32}, {"block", "pre"}},
        {{"depth", 2}, {"width", 32}, {"skip", false}}}},
      {"resnet",
       {{{"depth", 1}, {"width", 8}},
        {{"depth", 1}, {"width", 8}, {"block", "pre"}},
        {{"depth", 1}, {"width", 8}, {"skip", false}}}},
      {"vgg_small", {{{"widths", {8, 16}}}}}};
  const auto found = sizes.find(model);
  std::vector<config::Variant> result;
  for (const Json& settings : found == sizes.end() ? std::vector<Json>{Json()} : found->second) {
    result.push_back(variant("model", model, settings));
  }
  return result;
}

struct Pairing {
  config::Variant model;
  config::Variant norm;
  std::string name() const { return norm.name + " in " + model.name; }
};

// Every registered norm in the model, where that has a form for it.
inline std::vector<Pairing> pairings(const std::string& model) {
  std::vector<Pairing> result;
  for (const auto& name : config::Catalog::instance().names("norm")) {
    const config::Variant norm = usable_variant(name);
    for (const auto& form : forms(model)) {
      const auto slots = model::slots(form, {});
      const bool stands = std::ranges::all_of(slots, [&](const auto& slot) { return norm::check(norm, slot).empty(); });
      if (!stands || !model::check(form, norm).empty()) continue;
      try {
        model::initialize(*model::make(form, {}, norm), 1);
      } catch (const Error&) {  // which some norms find out by the initial weights
        continue;
      }
      result.push_back({form, norm});
      break;
    }
  }
  return result;
}

// The pairings of every registered model. Found at the first call, which must come before the device is used: the check
// of a norm from Python forks.
inline const std::map<std::string, std::vector<Pairing>>& all_pairings() {
  static const auto all = [] {
    std::map<std::string, std::vector<Pairing>> result;
    for (const auto& model : config::Catalog::instance().names("model")) result[model] = pairings(model);
    return result;
  }();
  return all;
}

// Calls `body(model, pairings)` for each, in a section of the model's name: `-c NAME` runs that one alone.
template <class Body>
void for_every_model(const Body& body) {
  for (const auto& [model, found] : all_pairings()) {
    DYNAMIC_SECTION(model) { body(model, found); }
  }
}

// For each step the largest relative error of a loss up to it; compares as many steps as `expected` has.
inline std::vector<double> loss_errors(const std::vector<double>& actual, const std::vector<double>& expected) {
  std::vector<double> result;
  double largest = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double one = i < actual.size() ? std::abs(actual[i] - expected[i]) / std::abs(expected[i]) : HUGE_VAL;
    largest = std::isfinite(one) ? std::max(largest, one) : HUGE_VAL;
    result.push_back(largest);
  }
  return result;
}

// Rows of numbers, written to the file in BNEXP_CUDA_TABLES/NAME.tsv if that variable is set.
class Table {
 public:
  Table(const std::string& name, const std::string& header) {
    if (const char* folder = std::getenv("BNEXP_CUDA_TABLES")) file_.open(std::string(folder) + "/" + name + ".tsv");
    file_ << header << '\n';
  }
  template <class... Values>
  void row(const Values&... values) {
    const char* separator = "";
    ((file_ << std::exchange(separator, "\t") << values), ...);
    file_ << std::endl;
  }

 private:
  std::ofstream file_;
};

}  // namespace bnexp::tests
