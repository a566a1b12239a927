#include "train/trainer.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <tuple>
#include <vector>

#include "base/error.h"
#include "model/weights.h"
#include "train/evaluate.h"
#include "train/finite.h"
#include "train/guard.h"
#include "train/kernels.h"
#include "train/optimizer.h"
#include "train/parameters.h"
#include "train/pass.h"
#include "train/probe.h"
#include "train/schedule.h"

namespace bnexp::train {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// One trial while it trains.
class Training {
 public:
  Training(const config::TrialSpec& spec, const data::Dataset& data, const Callbacks& callbacks);
  TrialResult run();

  // What there is of the result when run() has thrown.
  TrialResult partial();

 private:
  void fill_batch(const std::vector<std::uint32_t>& positions);
  void take_step();
  // The mean loss of the batch, whose gradient at the logits then is in logits_gradient_.
  double loss_of(const torch::Tensor& logits);
  void log();
  void count();
  void finish();
  void diverge(const Culprit& culprit);

  const config::TrialSpec& spec_;
  const Callbacks& callbacks_;
  data::Split train_;
  data::Split validation_;
  data::Split test_;
  Feed feed_;
  data::Batches batches_;
  std::int64_t steps_;
  std::shared_ptr<model::Model> model_;
  Parameters parameters_;
  Pass pass_;
  std::unique_ptr<Optimizer> optimizer_;
  Schedule schedule_;
  Watch watch_;
  std::vector<std::pair<std::string, std::unique_ptr<Probe>>> probes_;
  std::optional<Scene> scene_;

  torch::Tensor images_;
  torch::Tensor labels_;
  torch::Tensor logits_gradient_;
  std::int64_t step_ = 0;
  std::int64_t samples_ = 0;         // trained on so far
  std::int64_t window_samples_ = 0;  // since the last history entry
  double window_loss_ = 0;           // summed over them
  double lr_ = 0;
  std::optional<Score> validation_score_;
  double evaluate_s_ = 0;
  Clock::time_point last_report_ = Clock::now();
  TrialResult result_;
};

data::Split checked_train(const config::TrialSpec& spec, const data::Dataset& data) {
  const std::int64_t validation = spec.data.settings.at("validation");
  if (validation >= data.header().train) {
    throw usage_error(
        fmt::format("validation {} leaves none of the {} training images", validation, data.header().train),
        "lower data.validation");
  }
  const data::Split train = data.train(validation);
  if (spec.train.drop_last && spec.train.batch_size > train.count) {
    throw usage_error(fmt::format("batch_size {} exceeds the {} training images, and drop_last drops the rest",
                                  spec.train.batch_size, train.count),
                      "lower train.batch_size");
  }
  return train;
}

// Scales the gradients down to a norm of `largest` when it is greater (torch.nn.utils.clip_grad_norm_).
void clip(torch::Tensor& gradients, double largest) {
  const double norm = gradients.norm().item<double>();
  const double factor = largest / (norm + 1e-6);
  if (factor < 1) gradients.mul_(factor);
}

std::shared_ptr<model::Model> make_model(const config::TrialSpec& spec, const Feed& feed) {
  auto model = model::make(spec.model, feed.input, spec.norm);
  model::initialize(*model, static_cast<std::uint64_t>(spec.seed));
  model->to(feed.device);
  return model;
}

Training::Training(const config::TrialSpec& spec, const data::Dataset& data, const Callbacks& callbacks)
    : spec_(spec),
      callbacks_(callbacks),
      train_(checked_train(spec, data)),
      validation_(data.validation(spec.data.settings.at("validation"))),
      test_(data.test()),
      feed_(make_feed(spec, data)),
      batches_(train_, feed_.input.rows * feed_.input.columns, spec.train.batch_size, spec.train.drop_last,
               static_cast<std::uint64_t>(spec.seed)),
      steps_(planned_steps(spec, data.header().train)),
      model_(make_model(spec, feed_)),
      parameters_(*model_, spec.precision == "bf16"),
      pass_(*model_),
      optimizer_(make_optimizer(spec.train.optimizer, {parameters_.values(), parameters_.gradients()})),
      schedule_(spec.train.schedule, steps_),
      watch_(*model_) {
  model_->execute(execution(spec, &parameters_.sinks(), &pass_.tape()));
  for (const auto& probe : spec.probes) probes_.emplace_back(probe.name, make_probe(probe));
  if (!probes_.empty()) {
    const data::Split& fixed = validation_.count > 0 ? validation_ : train_;
    scene_.emplace(Scene{spec, *model_, steps_, feed_.images(fixed, 0, std::min<std::int64_t>(1000, fixed.count))});
  }
  result_.data = data_summary(data, validation_.count);
}

TrialResult Training::run() {
  const auto start = Clock::now();
  result_.timing["started_at"] = utc_text(std::chrono::system_clock::now());
  result_.status = Status::ok;
  model_->train();
  for (auto& [name, probe] : probes_) probe->on_begin(*scene_);
  while (step_ < steps_ && result_.status == Status::ok) {
    if (callbacks_.stop && callbacks_.stop()) {
      result_.status = Status::interrupted;
      result_.failure = Failure{.message = fmt::format("stopped after step {} of {}", step_, steps_)};
    } else {
      take_step();
    }
  }
  for (auto& [name, probe] : probes_) probe->on_end(*scene_);
  const double train_s = seconds_since(start) - evaluate_s_;
  finish();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  result_.timing.update({{"wall_s", seconds_since(start)},
                         {"train_s", train_s},
                         {"evaluate_s", evaluate_s_},
                         {"samples_per_s", static_cast<double>(samples_) / train_s},
                         {"peak_rss_bytes", usage.ru_maxrss * 1024}});
  if (result_.status == Status::ok && callbacks_.weights) callbacks_.weights(model::save(*model_));
  return std::move(result_);
}

void Training::take_step() {
  Step step{};
  auto mark = Clock::now();
  const auto lap = [&mark] {
    const auto now = Clock::now();
    const double elapsed = std::chrono::duration<double>(now - mark).count();
    mark = now;
    return elapsed;
  };

  const std::vector<std::uint32_t>& positions = batches_.next();
  const auto count = static_cast<std::int64_t>(positions.size());
  fill_batch(positions);
  step.batch_s = lap();

  parameters_.clear();
  const torch::Tensor logits = pass_.forward(images_);
  const double value = loss_of(logits);
  step.forward_s = lap();
  ++step_;
  if (!std::isfinite(value)) {
    return diverge(watch_.origin_of_bad_loss(images_));
  }
  if (const auto bad = watch_.bad_buffer()) return diverge(*bad);

  pass_.backward(logits_gradient_);
  parameters_.gather();
  step.backward_s = lap();
  if (!all_finite(parameters_.gradients())) return diverge(watch_.bad_gradient().value());

  if (spec_.train.clip_grad_norm) clip(parameters_.gradients(), *spec_.train.clip_grad_norm);
  lr_ = base_lr(spec_.train.optimizer) * schedule_.factor(step_ - 1);
  optimizer_->step(lr_);
  parameters_.refresh();
  step.optimizer_s = lap();

  samples_ += count;
  window_samples_ += count;
  window_loss_ += value * static_cast<double>(count);
  step.step = step_;
  step.loss = value;
  step.samples = count;
  step.lr = lr_;
  for (auto& [name, probe] : probes_) probe->on_step(*scene_, step);

  const std::int64_t every = spec_.train.log_every.value_or(batches_.batches_per_epoch());
  if (step_ % every == 0 || step_ == steps_) log();
  if (callbacks_.progress && seconds_since(last_report_) > 0.2) {
    last_report_ = Clock::now();
    callbacks_.progress(
        {step_, steps_, value, validation_score_ ? std::optional(validation_score_->accuracy) : std::nullopt});
  }
}

// On a CPU into the tensors of the batch before, when they are of the size.
void Training::fill_batch(const std::vector<std::uint32_t>& positions) {
  if (feed_.resident) {
    std::tie(images_, labels_) = feed_.resident->gather(train_, positions);
    return;
  }
  const auto count = static_cast<std::int64_t>(positions.size());
  const model::Input& in = feed_.input;
  if (!images_.defined() || images_.size(0) != count) {
    images_ = torch::empty({count, in.channels, in.rows, in.columns});
    labels_ = torch::empty({count}, torch::kLong);
  }
  batches_.fill(feed_.normalizer, images_.data_ptr<float>(), labels_.data_ptr<std::int64_t>());
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

void Training::log() {
  Json entry{{"step", step_},
             {"epoch", static_cast<double>(step_) / static_cast<double>(batches_.batches_per_epoch())},
             {"lr", lr_},
             {"train_loss", window_loss_ / static_cast<double>(window_samples_)}};
  window_loss_ = 0;
  window_samples_ = 0;
  if (validation_.count > 0) {
    const auto start = Clock::now();
    validation_score_ = evaluate(*model_, validation_, feed_);
    evaluate_s_ += seconds_since(start);
    if (!std::isfinite(validation_score_->loss)) return diverge({"loss", "value on the validation images"});
    entry["validation_loss"] = validation_score_->loss;
    entry["validation_accuracy"] = validation_score_->accuracy;
  }
  result_.history.push_back(std::move(entry));
}

void Training::count() {
  std::int64_t parameters = 0;
  for (const auto& parameter : model_->parameters()) parameters += parameter.numel();
  result_.metrics = {{"steps", step_}, {"parameters", parameters}};
}

void Training::finish() {
  count();
  for (auto& [name, probe] : probes_) {
    (probe->varies() ? result_.timing : result_.probes)[name] = probe->result();
  }
  if (result_.status != Status::ok) return;

  const auto start = Clock::now();
  const Score test = evaluate(*model_, test_, feed_);
  evaluate_s_ += seconds_since(start);
  if (!std::isfinite(test.loss)) return diverge({"loss", "value on the test images"});
  result_.metrics["test_loss"] = test.loss;
  result_.metrics["test_accuracy"] = test.accuracy;
  if (result_.history.empty()) return;
  for (const char* name : {"train_loss", "validation_loss", "validation_accuracy"}) {
    if (result_.history.back().contains(name)) result_.metrics[name] = result_.history.back()[name];
  }
}

void Training::diverge(const Culprit& culprit) {
  result_.status = Status::diverged;
  result_.failure = Failure{
      .message = fmt::format("{}'s {} is not finite at step {} of {}", culprit.layer, culprit.tensor, step_, steps_),
      .step = step_,
      .layer = culprit.layer,
      .tensor = culprit.tensor};
}

TrialResult Training::partial() {
  count();
  return std::move(result_);
}

}  // namespace

TrialResult run(const config::TrialSpec& spec, const data::Dataset& data, const Callbacks& callbacks) {
  at::set_num_threads(1);
  Training training(spec, data, callbacks);
  try {
    return training.run();
  } catch (...) {
    if (callbacks.partial) callbacks.partial(training.partial());
    throw;
  }
}

std::int64_t planned_steps(const config::TrialSpec& spec, std::int64_t train_images) {
  if (spec.train.steps) return *spec.train.steps;
  const std::int64_t images = train_images - spec.data.settings.at("validation").get<std::int64_t>();
  const std::int64_t size = spec.train.batch_size;
  return spec.train.epochs.value_or(0) * (spec.train.drop_last ? images / size : (images + size - 1) / size);
}

std::string libtorch_version() { return TORCH_VERSION; }

std::string isa() { return at::get_cpu_capability(); }

}  // namespace bnexp::train
