// A trial in training: a state and its update.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/thread_usage.h"
#include "train/evaluate.h"
#include "train/finite.h"
#include "train/forward_backward.h"
#include "train/schedule.h"
#include "train/state.h"
#include "train/trainer.h"

namespace bnexp::train {

class Training {
 public:
  // All must outlive it. Throws Error(usage) when no image is left to train on, or when the norm can't take a batch.
  Training(const config::TrialSpec& spec, const data::Dataset& data, const Callbacks& callbacks);

  // Trains until this number of steps, or until the trial ends for another reason.
  void advance(std::int64_t steps);
  // Trains to the end, evaluates and returns the result.
  TrialResult run();
  // The partial result when run() has thrown.
  TrialResult partial();

  // The state between two steps. Call load() before the first one. See TrainingState.
  std::string save() const { return state_.save(spec_, wall_s()); }
  void load(std::string_view bytes, const std::string& where) { state_.load(bytes, where, context_); }

 private:
  using Clock = std::chrono::steady_clock;

  void begin();
  void take_step();
  void fill_batch(const std::vector<std::uint32_t>& positions);
  // The mean loss of the batch; writes its gradient with respect to the logits to logits_gradient_.
  double loss_of(const torch::Tensor& logits);
  void report_progress(double loss);
  void log();
  void interrupt();
  void finish();
  void diverge(const NonFinite& where);
  Score evaluate_on(const data::Split& split);
  Json counts() const;
  double wall_s() const;

  const config::TrialSpec& spec_;
  const Callbacks& callbacks_;
  data::Split train_;
  data::Split validation_;
  data::Split test_;
  Inputs inputs_;
  std::int64_t steps_;
  TrainingState state_;
  ForwardBackward pass_;
  Schedule schedule_;
  FiniteCheck finite_;
  ProbeContext context_;
  TrialResult result_;

  torch::Tensor images_;  // of the batch
  torch::Tensor labels_;
  torch::Tensor logits_gradient_;
  Clock::time_point start_ = Clock::now();
  ThreadUsage usage_at_start_ = thread_usage();
  Clock::time_point last_report_ = Clock::now();
};

}  // namespace bnexp::train
