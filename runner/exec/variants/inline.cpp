// inline: in this process, one trial after another. For debuggers and profilers. A trial that crashes ends the run.
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "exec/checkpoint.h"
#include "exec/executor.h"
#include "exec/running_clock.h"

namespace bnexp::exec {
namespace {

constexpr double kCheckEvery_s = 0.5;  // of the lease and the memory

class Inline final : public Executor {
 public:
  Inline(const config::NoOptions&, const Execution& execution, Training training)
      : execution_(execution), limits_(execution.limits), training_(std::move(training)) {}

  void run(Work& work) override {
    while (!stopping()) {
      const auto job = work.next();
      if (!job) return;
      work.on_start(0, *job);
      if (auto result = train(work, *job)) work.on_finish(0, *job, std::move(*result));
    }
  }

 private:
  bool stopping() const { return execution_.stop != nullptr && execution_.stop->requested(); }

  // nullopt if the trial is lost.
  std::optional<train::TrialResult> train(Work& work, const Job& job) {
    RunningClock clock;
    const auto late = [&] { return clock.seconds() > limits_.time_s(); };
    bool is_lost = false, is_too_large = false;
    double asked_at = 0;
    const auto lost_or_too_large = [&] {
      if (!is_lost && !is_too_large && clock.seconds() - asked_at >= kCheckEvery_s) {
        asked_at = clock.seconds();
        is_lost = std::ranges::count(work.lost(), job.trial) > 0;
        is_too_large = limits_.exceeds_memory(getpid());
      }
      return is_lost || is_too_large;
    };
    WeightsWriter weights(job.weights);
    Checkpoints checkpoints(
        job.checkpoint, execution_.checkpoint_every_s, [&] { return store::is_held_by(getpid(), job.lease); },
        [&](const std::string& text) { work.on_notice(0, job, text); });
    const train::Callbacks callbacks{.progress = [&](const auto& progress) { work.on_progress(0, job, progress); },
                                     .stop = [&] { return stopping() || late() || lost_or_too_large(); },
                                     .weights = weights.callback(),
                                     .checkpoints = checkpoints.callbacks()};
    auto result = train_guarded(training_.train, job.settings, *training_.data.at(job.data), callbacks);
    if (weights.failure()) throw *weights.failure();
    if (is_lost) return {};
    if (result.status == train::Status::interrupted && !stopping()) {
      result.status = is_too_large ? train::Status::oom : train::Status::timeout;
      result.failure = is_too_large ? limits_.too_much() : limits_.too_long();
    }
    return result;
  }

  Execution execution_;
  LimitsCheck limits_;
  Training training_;
};

const bool kAdded = add_executor<Inline, config::NoOptions>(
    "inline", {.summary = "In this process, one trial after another; a trial that crashes ends the run.",
               .formula = "",
               .source = ""});

}  // namespace
}  // namespace bnexp::exec
