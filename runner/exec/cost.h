// The cost of a trial: estimates from the wall times of finished trials, and the settings that it depends on.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "store/record.h"

namespace bnexp::exec {

// Equal for settings whose steps take the same time: model, norm, batch size, precision, execution, device.
std::string step_kind(const Json& settings);

// Equal for settings whose trials take the same time: also data, probes and budget.
std::string trial_kind(const Json& settings);

// train::planned_steps: optimizer steps that settings ask for, given the number of images in the training file.
using PlannedSteps = std::function<std::int64_t(const Json& settings, std::int64_t train_images)>;

// Seconds per step of finished trials, by kind.
class CostModel {
 public:
  void add(const store::Record& record);

  // Estimate for `settings`: the median time per step of its kind, times its steps. nullopt: unknown.
  std::optional<double> seconds(const Json& settings, const std::string& data_sha256, const PlannedSteps& steps);

 private:
  std::map<std::string, std::int64_t> train_images_;             // images of the training file, by the data's checksum
  std::map<std::string, std::vector<double>> seconds_per_step_;  // by step_kind
};

}  // namespace bnexp::exec
