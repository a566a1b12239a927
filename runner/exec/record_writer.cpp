#include "exec/record_writer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/background.h"
#include "store/context.h"

namespace bnexp::exec {

store::Record record_of(const Plan& plan, const PlannedTrial& trial, train::TrialResult result, Json context) {
  const store::Manifest::Arm& arm = plan.manifest.arms.at(trial.arm);
  Json settings = plan.settings(trial);
  Json semantics = store::semantics_of(settings);
  if (const auto usage = result.timing.find("scheduling"); usage != result.timing.end())
    context["contended"] = store::is_contended(thread_usage_from(*usage));
  return {.trial = trial.trial,
          .suite = plan.manifest.name,
          .arm = arm.label,
          .arm_values = arm.values,
          .seed = trial.seed,
          .settings = std::move(settings),
          .semantics = std::move(semantics),
          .result = std::move(result),
          .context = std::move(context)};
}

void RecordWriter::write(int worker, const PlannedTrial& trial, store::Record record) {
  auto kept = std::make_unique<store::Record>(std::move(record));
  auto done = in_background([this, one = kept.get()] { store_.write(*one); });
  writing_.push_back({{worker, &trial, std::move(kept)}, std::move(done)});
}

bool RecordWriter::has(const std::string& trial) const {
  return std::ranges::any_of(writing_, [&](const Writing& one) { return one.what.trial->trial == trial; });
}

std::optional<RecordWriter::Written> RecordWriter::take(std::size_t most) {
  if (writing_.empty()) return {};
  if (writing_.size() <= most && writing_.front().done.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    return {};
  }
  Writing one = std::move(writing_.front());
  writing_.pop_front();
  one.done.get();
  return std::move(one.what);
}

}  // namespace bnexp::exec
