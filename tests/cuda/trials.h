// Trials that the tests of a CUDA device train.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/hash.h"
#include "cuda/device.h"
#include "train/guard.h"
#include "train/trainer.h"

namespace bnexp::tests {

inline const data::Dataset& digits(const config::TrialSpec& spec) {
  static std::map<std::string, std::shared_ptr<data::Dataset>> known;
  auto& data = known[spec.data.settings.dump()];
  if (!data) data = data::load(spec.data, {});
  return *data;
}

inline config::TrialSpec spec_of(const Pairing& pairing, int steps = 20) {
  config::TrialSpec spec = small_spec();
  spec.device = device_name();
  spec.model = pairing.model;
  spec.norm = pairing.norm;
  spec.train.steps = steps;
  spec.train.optimizer = variant("optimizer", "sgd", {{"lr", 0.02}, {"momentum", 0.5}});
  spec.probes = {variant("probe", "loss_curve", {{"every", 1}})};
  return spec;
}

struct Trained {
  train::TrialResult result;
  std::string weights;
  // The part of the record that must be the same in two runs, and the weights.
  std::string deterministic() const {
    return Json{result.data, result.history, result.metrics, result.probes, train::to_string(result.status)}.dump() +
           sha256_hex(weights);
  }
  std::vector<double> losses() const {
    std::vector<double> values;
    for (const Json& loss : result.probes.at("loss_curve").at("loss")) {
      values.push_back(loss.is_null() ? NAN : loss.get<double>());
    }
    return values;
  }
};

inline Trained train_one(const config::TrialSpec& spec) {
  Trained trained;
  train::Callbacks callbacks;
  callbacks.weights = [&](const std::string& bytes) { trained.weights = bytes; };
  trained.result = train::guarded([&](const auto& all) { return train::run(spec, digits(spec), all); },
                                  config::to_json(spec), digits(spec), callbacks);
  return trained;
}

inline config::TrialSpec on_cpu(config::TrialSpec spec) {
  spec.device = "cpu";
  return spec;
}

inline std::string outcome(const Trained& trained) {
  const auto& failure = trained.result.failure;
  return train::to_string(trained.result.status) + (failure ? ": " + failure->message : "");
}

}  // namespace bnexp::tests
