// Learning-rate schedules by name: a factor of the optimizer's lr for each step. One file each in schedules/.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "config/settings/catalog.h"

namespace bnexp::train {

// The factor of step 0 <= step < steps; both count from the end of warm-up.
using Curve = std::function<double(std::int64_t step, std::int64_t steps)>;

// Options that every schedule has.
struct WarmupOptions {
  std::int64_t warmup_steps = 0;
  void fields(config::Fields& f);
};

class Schedule {
 public:
  Schedule(const config::Variant& schedule, std::int64_t steps);

  // The factors of steps 0, ..., steps - 1. Warm-up: (step + 1) / warmup_steps, then the curve over the remaining
  // steps.
  double factor(std::int64_t step) const;

 private:
  std::int64_t steps_;
  std::int64_t warmup_;
  Curve curve_;
};

using CurveMaker = std::function<Curve(const Json& settings)>;
void add_schedule(const std::string& name, CurveMaker maker);

// Options are WarmupOptions with `double curve(std::int64_t step, std::int64_t steps) const`.
template <class Options>
bool add_schedule(const std::string& name, config::About about) {
  config::Catalog::instance().add_options<Options>("schedule", name, std::move(about));
  add_schedule(name, [](const Json& settings) -> Curve {
    return [options = config::from_json<Options>(settings)](std::int64_t step, std::int64_t steps) {
      return options.curve(step, steps);
    };
  });
  return true;
}

}  // namespace bnexp::train
