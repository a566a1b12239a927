// A store's plan, suite.json: what `bnexp status` and `bnexp work` do with it before a trial trains.
#include "store/plan.h"

#include "base/error.h"
#include "config/settings/spec.h"
#include "exec/plan.h"
#include "fuzz/input_file.h"
#include "store/store.h"
#include "train/trainer.h"

namespace bnexp {
namespace {

std::int64_t planned_steps(const Json& settings, std::int64_t train_images) {
  return train::planned_steps(config::from_json<config::TrialSpec>(settings), train_images);
}

void use(const store::Store& store) {
  const exec::Plan plan = exec::make_plan(store.required_manifest(), planned_steps, &store);
  if (store::to_json(store::manifest_from_json(store::to_json(plan.manifest), "the plan")) !=
      store::to_json(plan.manifest)) {
    __builtin_trap();
  }
  static_cast<void>(plan.seconds(2));
  for (const auto& trial : plan.trials) {
    try {
      if (!plan.manifest.arms.at(trial.arm).settings.is_object()) continue;  // version 1
      planned_steps(plan.settings(trial), 60000);
      exec::require_same_bits(plan, trial, store.folder());
    } catch (const Error&) {  // what a user reads, for this trial
    }
  }
}

}  // namespace
}  // namespace bnexp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bnexp;
  fuzz::write_file("suite.json", fuzz::text_of(data, size));
  static const store::Store store = store::Store::create(fuzz::folder());
  try {
    use(store);
  } catch (const Error&) {  // what a user reads
  }
  return 0;
}
