// A metric of trials, by its name or its path into a probe's result (config/suite/metric.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/results.h"
#include "config/suite/metric.h"
#include "stats/estimate.h"
#include "stats/proportion.h"

namespace bnexp::analysis {

using store::Thresholds;

class Metric {
 public:
  Metric(std::string name, const Thresholds& thresholds);

  const std::string& name() const { return name_; }
  // "test accuracy", "steps to 90 % validation accuracy"; as in the report's tables. A probe's number is its path.
  std::string words() const;
  std::string unit() const { return config::unit_of(name_); }
  double scale() const { return config::scale_of(name_); }  // shown = scale * value
  bool has_better() const;  // whether one value is better than another: false for a number of a probe
  bool larger_is_better() const;
  bool is_accuracy() const { return scale() == 100; }
  bool is_time_to_accuracy() const;

  // As stored, without the scale. Times to an accuracy are infinite for a trial that never reached it. nullopt if the
  // trial has no such number: it is not ok, or was not measured.
  std::optional<double> of(const Trial& trial) const;
  std::map<std::int64_t, double> by_seed(const Arm& arm) const;
  std::map<std::int64_t, double> finite_by_seed(const Arm& arm) const;
  // The trial failed or, for a time to an accuracy, never reached it: no value is worse.
  bool missed(const Trial& trial) const;
  stats::Count missed(const Arm& arm) const;  // of the trials that are not open
  stats::Estimate mean(const Arm& arm, double confidence = stats::kConfidence) const;

 private:
  std::string name_;
  std::optional<std::vector<config::PathStep>> path_;
  Thresholds thresholds_;
};

// The smallest difference that matters unless a suite or a user names another, as shown: 0.2 points for accuracies, 0
// for other metrics.
double default_margin(const Metric& metric);

}  // namespace bnexp::analysis
