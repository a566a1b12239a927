#include "train/schedule.h"

#include <stdexcept>

#include "base/registry.h"

namespace bnexp::train {
namespace {

Registry<CurveMaker>& schedule_makers() {
  static Registry<CurveMaker> registry;
  return registry;
}

}  // namespace

void WarmupOptions::fields(config::Fields& f) {
  f.integer("warmup_steps", warmup_steps, config::at_least(0), "steps over which the rate rises linearly from near 0");
}

void add_schedule(const std::string& name, CurveMaker maker) { schedule_makers().add(name, std::move(maker)); }

Schedule::Schedule(const config::Variant& schedule, std::int64_t steps)
    : steps_(steps), warmup_(schedule.settings.at("warmup_steps").get<std::int64_t>()) {
  const CurveMaker* maker = schedule_makers().find(schedule.name);
  if (maker == nullptr) throw std::logic_error("schedule '" + schedule.name + "' is not registered");
  curve_ = (*maker)(schedule.settings);
}

double Schedule::factor(std::int64_t step) const {
  if (step < warmup_) return static_cast<double>(step + 1) / static_cast<double>(warmup_);
  return curve_(step - warmup_, steps_ - warmup_);
}

}  // namespace bnexp::train
