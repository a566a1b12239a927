#include "train/training.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/time.h"
#include "model/weights.h"
#include "train/batch_check.h"
#include "train/device.h"
#include "train/guard.h"
#include "train/kernels.h"

namespace bnexp::train {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Times the parts of a step.
class Lap {
 public:
  double operator()() {
    const auto now = Clock::now();
    return std::chrono::duration<double>(now - std::exchange(mark_, now)).count();
  }

 private:
  Clock::time_point mark_ = Clock::now();
};

data::Split checked_train(const config::TrialSpec& spec, const data::Dataset& data) {
  const std::int64_t validation = spec.data.settings.at("validation");
  if (validation >= data.header().train) {
    throw usage_error(
        fmt::format("validation {} leaves none of the {} training images", validation, data.header().train),
        "lower data.validation");
  }
  if (const auto found = refused_batch(spec, data::counts(spec.data, data))) {
    throw usage_error(found->message, found->hint);
  }
  return data.train(validation);
}

// Scales the gradients down to a norm of `largest` when it is greater (torch.nn.utils.clip_grad_norm_).
void clip(torch::Tensor& gradients, double largest) {
  const auto norm = gradients.norm().item<double>();
  const double factor = largest / (norm + 1e-6);
  if (factor < 1) gradients.mul_(factor);
}

}  // namespace

Training::Training(const config::TrialSpec& spec, const data::Dataset& data, const Callbacks& callbacks)
    : spec_(spec),
      callbacks_(callbacks),
      train_(checked_train(spec, data)),
      validation_(data.validation(spec.data.settings.at("validation"))),
      test_(data.test()),
      inputs_(make_inputs(spec, data)),
      steps_(planned_steps(spec, data.header().train)),
      state_(spec, train_, inputs_),
      pass_(*state_.model),
      schedule_(spec.train.schedule, steps_),
      finite_(*state_.model),
      context_{spec, *state_.model, steps_, {}} {
  if (callbacks.perturbation_seed) state_.parameters.perturb(*callbacks.perturbation_seed);
  state_.model->execute(execution(spec, &state_.parameters.gradient_buffers(), &pass_.tape()));
  if (!state_.probes.empty()) {
    const data::Split& fixed = validation_.count > 1 ? validation_ : train_;
    context_.fixed_images = inputs_.images(fixed, 0, std::min<std::int64_t>(1000, fixed.count));
  }
  result_.status = Status::ok;
  result_.data = data_summary(data, validation_.count);
}

double Training::wall_s() const { return state_.wall_s + seconds_since(start_); }

void Training::begin() {
  start_ = Clock::now();
  usage_at_start_ = thread_usage();
  if (!state_.started_at.empty()) return;
  state_.started_at = utc_text(std::chrono::system_clock::now());
  for (auto& [name, probe] : state_.probes) probe->on_begin(context_);
}

void Training::advance(std::int64_t steps) {
  begin();
  while (state_.step < std::min(steps, steps_) && result_.status == Status::ok) {
    if (callbacks_.stop && callbacks_.stop()) {
      if (callbacks_.checkpoints && state_.step > 0) callbacks_.checkpoints->save(save());
      interrupt();
    } else {
      take_step();
      if (callbacks_.checkpoints && result_.status == Status::ok && callbacks_.checkpoints->due()) {
        callbacks_.checkpoints->save(save());
      }
    }
  }
}

TrialResult Training::run() {
  advance(callbacks_.last_step.value_or(steps_));
  if (result_.status == Status::ok && state_.step < steps_) interrupt();
  for (auto& [name, probe] : state_.probes) probe->on_end(context_);
  const double train_s = wall_s() - state_.evaluate_s;
  finish();
  if (const auto bytes = peak_memory(inputs_.device)) result_.timing["peak_device_bytes"] = *bytes;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  result_.timing.update({{"started_at", state_.started_at},
                         {"wall_s", wall_s()},
                         {"train_s", train_s},
                         {"evaluate_s", state_.evaluate_s},
                         {"samples_per_s", static_cast<double>(state_.samples) / train_s},
                         {"peak_rss_bytes", usage.ru_maxrss * 1024},
                         {"scheduling", to_json(thread_usage() - usage_at_start_)}});
  if (result_.status == Status::ok && callbacks_.weights) callbacks_.weights(model::save(*state_.model));
  return std::move(result_);
}

void Training::take_step() {
  Step step;
  Lap lap;
  const std::vector<std::uint32_t>& positions = state_.batches.next();
  step.samples = static_cast<std::int64_t>(positions.size());
  fill_batch(positions);
  step.batch_s = lap();

  state_.parameters.clear();
  const torch::Tensor logits = pass_.forward(images_);
  step.loss = loss_of(logits);
  step.forward_s = lap();
  step.step = ++state_.step;
  if (!std::isfinite(step.loss)) return diverge(finite_.origin_of_loss(images_));
  if (const auto bad = finite_.in_buffers()) return diverge(*bad);

  pass_.backward(logits_gradient_);
  state_.parameters.gather();
  step.backward_s = lap();
  if (!all_finite(state_.parameters.gradients())) return diverge(finite_.in_gradients().value());

  if (spec_.train.clip_grad_norm) clip(state_.parameters.gradients(), *spec_.train.clip_grad_norm);
  step.lr = base_lr(spec_.train.optimizer) * schedule_.factor(step.step - 1);
  if (!state_.probes.empty()) {
    step.images = images_;
    step.labels = labels_;
    for (auto& [name, probe] : state_.probes) probe->on_gradients(context_, step);
    lap();
  }
  state_.step_optimizers(step.lr);
  step.optimizer_s = lap();

  state_.samples += step.samples;
  state_.window_samples += step.samples;
  state_.window_loss += step.loss * static_cast<double>(step.samples);
  for (auto& [name, probe] : state_.probes) probe->on_step(context_, step);

  const std::int64_t every = spec_.train.log_every.value_or(state_.batches.batches_per_epoch());
  if (state_.step % every == 0 || state_.step == steps_) log();
  report_progress(step.loss);
}

// On a CPU, reuses the tensors of the previous batch if they have the right size.
void Training::fill_batch(const std::vector<std::uint32_t>& positions) {
  if (inputs_.resident) {
    std::tie(images_, labels_) = inputs_.resident->gather(train_, positions);
    return;
  }
  const auto count = static_cast<std::int64_t>(positions.size());
  const model::Input& in = inputs_.shape;
  if (!images_.defined() || images_.size(0) != count) {
    images_ = torch::empty({count, in.channels, in.rows, in.columns});
    labels_ = torch::empty({count}, torch::kLong);
  }
  state_.batches.fill(inputs_.normalizer, images_.data_ptr<float>(), labels_.data_ptr<std::int64_t>());
}

double Training::loss_of(const torch::Tensor& logits) {
  const auto rows = logits.size(0);
  const double smoothing = spec_.train.label_smoothing;
  if (!spec_.execution.fused || !logits.is_cpu()) {
    const torch::Tensor leaf = logits.detach().to(torch::kFloat).requires_grad_();
    const torch::Tensor loss = torch::cross_entropy_loss(leaf, labels_, {}, at::Reduction::Mean,
                                                         /*ignore_index=*/-100, smoothing);
    logits_gradient_ = torch::autograd::grad({loss}, {leaf})[0].to(logits.scalar_type());
    return loss.item<double>();
  }
  const torch::Tensor values = logits.detach().to(torch::kFloat).contiguous();
  torch::Tensor gradient = torch::empty_like(values);
  const CrossEntropy result = cross_entropy(values.data_ptr<float>(), labels_.data_ptr<std::int64_t>(), rows,
                                            values.size(1), smoothing, gradient.data_ptr<float>());
  logits_gradient_ = gradient.to(logits.scalar_type());
  return result.loss / static_cast<double>(rows);
}

void Training::report_progress(double loss) {
  if (!callbacks_.progress || seconds_since(last_report_) <= 0.2) return;
  last_report_ = Clock::now();
  callbacks_.progress({state_.step, steps_, loss, state_.validation_accuracy});
}

Score Training::evaluate_on(const data::Split& split) {
  const auto start = Clock::now();
  const Score score = evaluate(*state_.model, split, inputs_);
  state_.evaluate_s += seconds_since(start);
  return score;
}

void Training::log() {
  Json entry{{"step", state_.step},
             {"epoch", static_cast<double>(state_.step) / static_cast<double>(state_.batches.batches_per_epoch())},
             {"lr", state_.lr},
             {"train_loss", state_.window_loss / static_cast<double>(state_.window_samples)}};
  state_.window_loss = 0;
  state_.window_samples = 0;
  if (validation_.count > 0) {
    const Score score = evaluate_on(validation_);
    state_.validation_accuracy = score.accuracy;
    entry["validation_loss"] = finite_or_null(score.loss);
    entry["validation_accuracy"] = score.accuracy;
  }
  state_.history.push_back(std::move(entry));
}

Json Training::counts() const {
  std::int64_t parameters = 0;
  for (const auto& parameter : state_.model->parameters()) parameters += parameter.numel();
  return {{"steps", state_.step}, {"parameters", parameters}};
}

void Training::interrupt() {
  result_.status = Status::interrupted;
  result_.failure = Failure{.message = fmt::format("stopped after step {} of {}", state_.step, steps_)};
}

void Training::finish() {
  result_.history = state_.history;
  result_.metrics = counts();
  for (auto& [name, probe] : state_.probes) {
    (probe->varies() ? result_.timing : result_.probes)[name] = probe->result();
  }
  if (result_.status != Status::ok) return;

  const Score test = evaluate_on(test_);
  result_.metrics["test_loss"] = finite_or_null(test.loss);
  result_.metrics["test_accuracy"] = test.accuracy;
  if (result_.history.empty()) return;
  for (const char* name : {"train_loss", "validation_loss", "validation_accuracy"}) {
    if (result_.history.back().contains(name)) result_.metrics[name] = result_.history.back()[name];
  }
}

void Training::diverge(const NonFinite& where) {
  result_.status = Status::diverged;
  result_.failure = Failure{
      .message = fmt::format("{}'s {} is not finite at step {} of {}", where.layer, where.tensor, state_.step, steps_),
      .step = state_.step,
      .layer = where.layer,
      .tensor = where.tensor};
}

TrialResult Training::partial() {
  result_.history = state_.history;
  result_.metrics = counts();
  if (!state_.started_at.empty()) {
    result_.timing = {{"started_at", state_.started_at},
                      {"wall_s", wall_s()},
                      {"scheduling", to_json(thread_usage() - usage_at_start_)}};
  }
  return std::move(result_);
}

}  // namespace bnexp::train
