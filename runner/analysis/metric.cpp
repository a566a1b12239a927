#include "analysis/metric.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

#include "analysis/reading.h"
#include "stats/curve.h"

namespace bnexp::analysis {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

struct Curve {
  std::vector<double> steps, values;
};

// A value of a trial's history over the steps; rows without it are left out.
Curve curve_of(const Trial& trial, const char* key) {
  Curve curve;
  const Json history = unpacked(trial.record->result.history);
  for (const auto& row : history) {
    if (!row.is_object()) continue;
    const auto step = row.find("step"), value = row.find(key);
    if (step == row.end() || value == row.end() || !step->is_number() || !value->is_number()) continue;
    if (!curve.steps.empty() && step->get<double>() <= curve.steps.back()) continue;
    curve.steps.push_back(step->get<double>());
    curve.values.push_back(value->get<double>());
  }
  return curve;
}

// Infinite for a trial that ended before; nullopt for one without validation images.
std::optional<double> steps_to(const Trial& trial, double accuracy) {
  if (is_open(trial.outcome())) return std::nullopt;
  const Curve curve = curve_of(trial, "validation_accuracy");
  if (curve.steps.empty()) return trial.ok() ? std::nullopt : std::optional(kNever);
  const double above = std::nextafter(accuracy, 1.0);
  return stats::time_to_threshold(curve.steps, curve.values, above);
}

std::optional<double> seconds_to(const Trial& trial, double accuracy) {
  const auto steps = steps_to(trial, accuracy);
  if (!steps || *steps == kNever) return steps;
  const auto taken = trial.metric("steps");
  const Json& timing = trial.record->result.timing;
  const auto seconds = timing.find("train_s");
  if (!taken || *taken <= 0 || seconds == timing.end() || !seconds->is_number()) return std::nullopt;
  return *steps / *taken * seconds->get<double>();
}

std::optional<double> area(const Trial& trial) {
  if (!trial.ok()) return std::nullopt;
  const Curve curve = curve_of(trial, "validation_accuracy");
  if (curve.steps.size() < 2) return std::nullopt;
  return stats::area_under_curve(curve.steps, curve.values) / (curve.steps.back() - curve.steps.front());
}

std::optional<double> worst_loss(const Trial& trial) {
  if (!trial.ok()) return std::nullopt;
  const Curve curve = curve_of(trial, "train_loss");
  if (curve.values.empty()) return std::nullopt;
  return std::ranges::max(curve.values);
}

std::optional<double> in_probe(const Trial& trial, const std::vector<config::PathStep>& path) {
  const auto* name = std::get_if<std::string>(&path.front());
  const Json& probes = trial.record->result.probes;
  if (name == nullptr || !probes.contains(*name)) return std::nullopt;
  return config::number_at(Json::object({{*name, unpacked(probes.at(*name))}}), path);
}

}  // namespace

Metric::Metric(std::string name, const Thresholds& thresholds)
    : name_(std::move(name)), path_(config::probe_path(name_)), thresholds_(thresholds) {}

std::string Metric::words() const {
  if (is_time_to_accuracy()) {
    return fmt::format("{} to {:g} % validation accuracy", name_.substr(0, name_.find('_')), 100 * thresholds_.trains);
  }
  if (name_ == "validation_area") return "mean validation accuracy";
  if (name_ == "train_loss") return "final training loss";
  if (name_ == "worst_loss") return "worst training loss";
  std::string text = name_;
  if (!path_) std::ranges::replace(text, '_', ' ');
  return text;
}

bool Metric::has_better() const { return config::find_metric(name_) != nullptr; }

bool Metric::larger_is_better() const {
  const config::MetricInfo* info = config::find_metric(name_);
  return info == nullptr || info->larger_is_better;
}

bool Metric::is_time_to_accuracy() const { return name_ == "steps_to_accuracy" || name_ == "seconds_to_accuracy"; }

std::optional<double> Metric::of(const Trial& trial) const {
  if (path_) return trial.ok() ? in_probe(trial, *path_) : std::nullopt;
  if (name_ == "steps_to_accuracy") return steps_to(trial, thresholds_.trains);
  if (name_ == "seconds_to_accuracy") return seconds_to(trial, thresholds_.trains);
  if (name_ == "validation_area") return area(trial);
  if (name_ == "worst_loss") return worst_loss(trial);
  return trial.metric(name_);
}

std::map<std::int64_t, double> Metric::by_seed(const Arm& arm) const {
  std::map<std::int64_t, double> values;
  for (const auto& trial : arm.trials) {
    if (const auto value = of(trial)) values.emplace(trial.seed, *value);
  }
  return values;
}

std::map<std::int64_t, double> Metric::finite_by_seed(const Arm& arm) const {
  auto values = by_seed(arm);
  std::erase_if(values, [](const auto& one) { return !std::isfinite(one.second); });
  return values;
}

bool Metric::missed(const Trial& trial) const {
  if (is_failure(trial.outcome())) return true;
  const auto value = is_time_to_accuracy() ? of(trial) : std::nullopt;
  return value && std::isinf(*value);
}

stats::Count Metric::missed(const Arm& arm) const {
  const auto events = std::ranges::count_if(arm.trials, [&](const Trial& trial) { return missed(trial); });
  return {static_cast<std::size_t>(events), arm.trials.size() - arm.open()};
}

stats::Estimate Metric::mean(const Arm& arm, double confidence) const {
  std::vector<double> values;
  for (const auto& [seed, value] : by_seed(arm)) values.push_back(value);
  return stats::estimate(values, confidence);
}

double default_margin(const Metric& metric) { return metric.is_accuracy() ? 0.2 : 0; }

}  // namespace bnexp::analysis
