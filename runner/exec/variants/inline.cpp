// inline: in this process, one trial after another. For debuggers and profilers: a trial that crashes ends the run.
#include <chrono>
#include <memory>
#include <utility>

#include "exec/executor.h"

namespace bnexp::exec {
namespace {

using Clock = std::chrono::steady_clock;

class Inline final : public Executor {
 public:
  explicit Inline(ExecutorOptions options) : options_(std::move(options)) {}

  void run(Work& work) override {
    while (!stopping()) {
      const auto job = work.next();
      if (!job) return;
      work.on_start(0, *job);
      work.on_finish(0, *job, train(work, *job));
    }
  }

 private:
  bool stopping() const { return options_.stop != nullptr && options_.stop->requested(); }

  train::TrialResult train(Work& work, const Job& job) {
    const auto start = Clock::now();
    const auto late = [&] {
      const std::chrono::duration<double> wall = Clock::now() - start;
      return options_.timeout_s > 0 && wall.count() > options_.timeout_s;
    };
    const train::Callbacks callbacks{.progress = [&](const auto& progress) { work.on_progress(0, job, progress); },
                                     .stop = [&] { return stopping() || late(); },
                                     .weights = weights_writer(job.weights)};
    auto result = train_guarded(options_.train, job.settings, *options_.data.at(job.data), callbacks);
    if (result.status == train::Status::interrupted && !stopping()) {
      result.status = train::Status::timeout;
      result.failure = too_long(options_.timeout_s);
    }
    return result;
  }

  ExecutorOptions options_;
};

const bool kAdded =
    add_executor("inline", [](ExecutorOptions options) { return std::make_unique<Inline>(std::move(options)); });

}  // namespace
}  // namespace bnexp::exec
