// Short trials whose final weights must stay the same bits from one revision to the next, so that records stay true.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "base/hash.h"
#include "base/machine.h"
#include "base/safetensors.h"
#include "support/catch.h"
#include "support/trials.h"

namespace bnexp {
namespace {

using tests::variant;

std::map<std::string, config::TrialSpec> golden_trials() {
  std::map<std::string, config::TrialSpec> trials;
  const auto add = [&](const std::string& name, const config::Variant& model, const std::string& norm,
                       const config::Variant& optimizer) {
    config::TrialSpec spec = tests::small_spec();
    spec.model = model;
    spec.norm = variant("norm", norm);
    spec.train.optimizer = optimizer;
    spec.train.steps = 20;
    trials[name] = spec;
  };
  add("convnet, batch, sgd", variant("model", "convnet", {{"conv1", 8}, {"conv2", 16}, {"fc1", 32}}), "batch",
      variant("optimizer", "sgd", {{"lr", 0.05}, {"momentum", 0.9}}));
  add("mlp, layer, adam", variant("model", "mlp", {{"widths", {64, 32}}}), "layer", variant("optimizer", "adam"));
  add("resnet, group, adamw", variant("model", "resnet", {{"depth", 1}, {"width", 8}}), "group",
      variant("optimizer", "adamw"));
  add("lstm, none, rmsprop", variant("model", "lstm", {{"hidden", 16}}), "none", variant("optimizer", "rmsprop"));
  return trials;
}

// Of the final weights: names and values, in the order of the names.
std::string digest(const config::TrialSpec& spec) {
  std::string bytes;
  train::Callbacks callbacks;
  callbacks.weights = [&](const std::string& file) { bytes = file; };
  train::run(spec, *data::load(spec.data, {}), callbacks);
  auto tensors = safetensors::read(bytes, "weights").tensors;
  std::ranges::sort(tensors, {}, &safetensors::Tensor::name);
  Sha256 hash;
  for (const auto& tensor : tensors) {
    hash.update(tensor.name.data(), tensor.name.size());
    hash.update(tensor.data.data(), tensor.data.size());
  }
  return hash.hex();
}

// What decides how sums are rounded: LibTorch, the instructions that it is told to use, and the processor, whose widest
// instructions other libraries choose by themselves.
std::string machine_key() {
  const std::string cpu = cpu_model();
  bool has_avx512 = false;
#ifdef __x86_64__
  has_avx512 = __builtin_cpu_supports("avx512f");
#endif
  return fmt::format("LibTorch {}, {}, on {} {} AVX-512 and {} bfloat16", train::libtorch_version(), train::isa(),
                     cpu.substr(0, cpu.find(' ')), has_avx512 ? "with" : "without",
                     has_fast_bfloat16() ? "with" : "without");
}

TEST_CASE("short trials end with the weights that they ended with before") {
  const std::string machine = machine_key();
  std::ifstream file(std::string(BNEXP_SOURCE_DIR) + "/tests/train/golden.json");
  REQUIRE(file);
  const Json known = Json::parse(file);
  Json found = Json::object();
  for (const auto& [name, spec] : golden_trials()) found[name] = digest(spec);
  if (!known.contains(machine)) {
    WARN("skipped: no digests are known for " << machine << "; here they are " << found.dump());
    return;
  }
  INFO("the bits of training changed on " << machine
                                          << ": raise kTrainingSemantics, or the semantics number of the variant that "
                                             "changed, and keep the new digests in tests/train/golden.json");
  for (const auto& [name, value] : found.items()) {
    INFO(name);
    CHECK(value == known.at(machine).value(name, ""));
  }
}

}  // namespace
}  // namespace bnexp
