#include "exec/cost.h"

#include <algorithm>
#include <initializer_list>

namespace bnexp::exec {
namespace {

Json picked(const Json& settings, std::initializer_list<const char*> keys,
            std::initializer_list<const char*> of_train) {
  Json part = Json::array();
  for (const char* key : keys) part.push_back(settings.value(key, Json()));
  for (const char* key : of_train) part.push_back(settings.at("train").value(key, Json()));
  return part;
}

}  // namespace

std::string step_kind(const Json& settings) {
  return to_line(picked(settings, {"model", "norm", "precision", "execution", "device"}, {"batch_size"}));
}

std::string trial_kind(const Json& settings) {
  return step_kind(settings) + to_line(picked(settings, {"data", "probes"}, {"epochs", "steps"}));
}

void CostModel::add(const store::Record& record) {
  const train::TrialResult& result = record.result;
  if (result.status != train::Status::ok || !result.timing.contains("wall_s")) return;
  train_images_[result.data.at("sha256")] =
      result.data.at("train").get<std::int64_t>() + result.data.at("validation").get<std::int64_t>();
  const Json steps = result.metrics.value("steps", Json(0));
  if (!steps.is_number() || steps <= 0) return;
  seconds_per_step_[step_kind(record.settings)].push_back(result.timing.at("wall_s").get<double>() /
                                                          steps.get<double>());
}

std::optional<double> CostModel::seconds(const Json& settings, const std::string& data_sha256,
                                         const PlannedSteps& steps) {
  const auto images = train_images_.find(data_sha256);
  const auto found = seconds_per_step_.find(step_kind(settings));
  if (images == train_images_.end() || found == seconds_per_step_.end()) return std::nullopt;
  auto& seconds = found->second;
  const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
  std::nth_element(seconds.begin(), middle, seconds.end());
  return *middle * static_cast<double>(steps(settings, images->second));
}

}  // namespace bnexp::exec
