#include "cli/retraining.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <utility>

#include "base/files.h"
#include "base/temporary_folder.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/trial.h"
#include "exec/executor.h"
#include "store/context.h"
#include "store/store.h"
#include "train/trainer.h"

namespace bnexp::cli {
namespace {

namespace fs = std::filesystem;

// The last step to train; nullopt: all. Only the history of a trial that did not come to its end is the same in every
// run.
std::optional<std::int64_t> last_step(const store::Record& record, const VerifyOptions& options) {
  if (train::is_final(record.result.status)) return options.steps;
  const std::int64_t last = analysis::last_recorded_step(record.result);
  return std::min(last, options.steps.value_or(last));
}

std::string semantics_text(const Json& semantics) {
  std::vector<std::string> parts;
  for (const auto& [name, number] : semantics.items()) parts.push_back(fmt::format("{} {}", name, to_line(number)));
  return join(parts, ", ");
}

// Why nothing of a second training could be compared.
std::string incomparable(const store::Record& record, const VerifyOptions& options) {
  if (analysis::last_recorded_step(record.result) == 0) {
    return fmt::format("status {}, and no entry in the history", train::to_string(record.result.status));
  }
  const std::int64_t first = analysis::readings(record.result).front().step;
  if (first > last_step(record, options).value_or(first)) {
    return fmt::format("nothing is recorded up to step {}; the first value is {}", *options.steps,
                       first == analysis::kAtTheEnd ? "at the end" : fmt::format("at step {}", first));
  }
  return "";
}

constexpr const char* kPerturbation = "perturbation_seed";

// A record that is trained again: as it was, and where bits differ on an unlike machine, from perturbed weights
// as well.
struct Trial {
  Verified* verified = nullptr;
  fs::path folder;                          // of the files that its settings name
  std::size_t data = 0;                     // index into Trials::data_
  std::optional<std::int64_t> last_step{};  // to train
  std::optional<train::TrialResult> now{};
  std::vector<train::TrialResult> perturbed{};

  // What the worker gets for the training that is left.
  Json settings() const {
    Json all = verified->record->settings;
    if (now) all[kPerturbation] = perturbed.size() + 1;
    return all;
  }
};

// What is trained, and the data sets for it.
class Trials final : public exec::Work {
 public:
  Trials(const fs::path& store, const VerifyOptions& options, exec::Stop& stop, Progress& progress)
      : store_(store), options_(options), stop_(stop), progress_(progress) {
    context_ = store::context(train::libtorch_version(), train::isa(), options.jobs);
  }

  // Adds a trial to train, or sets its verdict if it can't be.
  void add(Verified& verified) {
    const store::Record& record = *verified.record;
    verified.verdict = Verdict::not_compared;
    verified.detail = incomparable(record, options_);
    if (verified.detail.empty()) {
      try {
        Trial& trial = trials_.insert_or_assign(record.trial, prepare(verified)).first->second;
        by_settings_[to_line(record.settings)] = &trial;
        return queue_.push_back(&trial);
      } catch (const Error& error) {
        obstruct(verified, error);
      }
    }
    progress_.finished(record.trial, name_of(verified), verified.detail, 0);
  }

  void train() {
    if (queue_.empty()) return;
    exec::Training training{[this](const Json& settings, const data::Dataset& data, const train::Callbacks& callbacks) {
                              return train_one(settings, data, callbacks);
                            },
                            data_};
    make_executor({.name = "workers"}, {.jobs = options_.jobs, .checkpoint_every_s = 0, .stop = &stop_},
                  std::move(training))
        ->run(*this);
    for (const auto* trial : queue_) obstruct(*trial->verified, stopped());
  }

  std::optional<exec::Job> next() override {
    if (queue_.empty()) return std::nullopt;
    const Trial& trial = *queue_.front();
    queue_.pop_front();
    const store::Record& record = *trial.verified->record;
    const bool wants_weights = !trial.now && (options_.weights || has_weights(record));
    return exec::Job{.trial = record.trial,
                     .settings = trial.settings(),
                     .data = trial.data,
                     .weights = wants_weights ? again(record.trial).string() : ""};
  }
  std::size_t left() const override { return queue_.size(); }
  void join_threads() override {}
  void on_start(int, const exec::Job& job) override {
    const Verified& verified = *trials_.at(job.trial).verified;
    progress_.started(job.trial, name_of(verified), work_of(verified, options_));
  }
  void on_progress(int, const exec::Job& job, const train::Progress& progress) override {
    train::Progress own = progress;
    own.steps = std::min(own.steps, trials_.at(job.trial).last_step.value_or(own.steps));
    progress_.advanced(job.trial, own);
  }
  void on_finish(int, const exec::Job& job, train::TrialResult result) override {
    Trial& trial = trials_.at(job.trial);
    Verified& verified = *trial.verified;
    if (is_usable(verified, result) && !is_decided(trial, std::move(result))) return queue_.push_front(&trial);
    progress_.finished(job.trial, name_of(verified),
                       fmt::format("{}, {}", to_string(verified.verdict), verified.detail),
                       work_of(verified, options_));
  }
  void on_notice(int, const exec::Job&, const std::string& text) override { progress_.display().warn(text); }
  std::vector<std::string> lost() override { return {}; }

 private:
  Trial prepare(Verified& verified) {
    const store::Record& record = *verified.record;
    const std::string file = verified.file.string();
    const auto spec = recorded_spec(record, file);
    if (const Json own = store::semantics_of(record.settings); own != record.semantics) {
      throw environment_error(fmt::format("trained with semantics {}, and this bnexp trains with {}",
                                          semantics_text(record.semantics), semantics_text(own)),
                              "use the release of bnexp that wrote it");
    }
    if (spec.device == "cuda") {
      if (train::decided_device("auto") != "cuda") {
        throw environment_error(file + " was trained on a CUDA device, and this machine has none",
                                "verify it on a machine with " + value_text(record.context.value("gpu", Json("one"))));
      }
      if (!context_.contains("gpu")) context_.update(train::cuda_context());
    }
    const std::string key = to_line({record.settings.at("data"), spec.norm.folder.string()});
    if (!data_indices_.contains(key)) {
      data_.push_back(data_of(record, file, options_.data_folder));
      data_indices_[key] = data_.size() - 1;
    }
    const std::size_t data = data_indices_.at(key);
    if (options_.before) options_.before(spec, *data_[data]);
    return {&verified, spec.norm.folder, data, last_step(record, options_)};
  }

  // In a worker, which has a copy of all this from before the first training.
  train::TrialResult train_one(const Json& settings, const data::Dataset& data,
                               const train::Callbacks& callbacks) const {
    Json recorded = settings;
    train::Callbacks own = callbacks;
    if (const auto seed = recorded.find(kPerturbation); seed != recorded.end()) {
      own.perturbation_seed = seed->get<std::uint64_t>();
      recorded.erase(seed);
    }
    const Trial& trial = *by_settings_.at(to_line(recorded));
    own.last_step = trial.last_step;
    auto spec = spec_from(recorded, "the record");
    spec.norm.folder = trial.folder;
    return train::run(spec, data, own);
  }

  // Otherwise sets the verdict.
  bool is_usable(Verified& verified, const train::TrialResult& result) const {
    if (train::is_final(result.status)) return true;
    if (!stop_.requested() && result.status == train::Status::interrupted) return true;
    obstruct(verified, stop_.requested() ? stopped()
                                         : environment_error(fmt::format(
                                               "training it here ended as {}: {}", train::to_string(result.status),
                                               result.failure ? result.failure->message : "")));
    return false;
  }

  // Sets the verdict, unless it takes a training from perturbed weights.
  bool is_decided(Trial& trial, train::TrialResult result) {
    Verified& verified = *trial.verified;
    const store::Record& record = *verified.record;
    if (trial.now) {
      trial.perturbed.push_back(std::move(result));
      auto found = analysis::tolerated(record.result, *trial.now, trial.perturbed);
      if (found.beyond && trial.perturbed.size() < analysis::kPerturbedTrainings) return false;
      judge(verified, std::move(found));
      return true;
    }
    verified.reproduction = analysis::reproduction(record.result, result);
    const auto& found = *verified.reproduction;
    if (!found.first) {
      verified.verdict = Verdict::same_bits;
      verified.detail = fmt::format("{} values {}", found.readings, extent_text(found.last_step));
    } else {
      verified.unlike = analysis::unlike(record.context, context_, record.settings);
      verified.verdict = Verdict::differs;
      verified.detail = analysis::to_text(*found.first);
    }
    if (result.status == train::Status::ok) compare_weights(verified);
    if (verified.unlike.empty()) return true;
    trial.now = std::move(result);
    return false;
  }

  void compare_weights(Verified& verified) {
    const std::string& trial = verified.record->trial;
    const auto bytes = read_whole(again(trial));
    if (!bytes) return;
    if (options_.weights) options_.weights(*bytes);
    fs::remove(again(trial));
    if (!has_weights(*verified.record) || !verified.unlike.empty()) return;
    const auto file = store::weights_file(store_, trial);
    std::optional<std::string> differing;
    try {
      differing = analysis::differing_tensor(read_weights(file).bytes, *bytes, file.string());
    } catch (const Error& error) {
      differing = error.what();
    }
    if (differing) {
      verified.detail =
          (verified.verdict == Verdict::differs ? verified.detail + "; " : "") + "weights at the end: " + *differing;
      verified.verdict = Verdict::differs;
    } else if (verified.verdict == Verdict::same_bits) {
      verified.detail += ", with its weights";
    }
  }

  static Error stopped() { return environment_error("stopped", "run the same command again"); }

  static void obstruct(Verified& verified, const Error& error) {
    verified.verdict = Verdict::not_compared;
    verified.obstacle = error;
    verified.detail = error.what();
  }

  static std::string name_of(const Verified& verified) {
    return fmt::format("{}, seed {}", verified.record->arm, verified.record->seed);
  }

  bool has_weights(const store::Record& record) const { return is_there(store::weights_file(store_, record.trial)); }
  fs::path again(const std::string& trial) const { return scratch_.path() / (trial + ".safetensors"); }

  const fs::path& store_;
  const VerifyOptions& options_;
  exec::Stop& stop_;
  Progress& progress_;
  TemporaryFolder scratch_;
  Json context_;
  std::vector<std::shared_ptr<data::Dataset>> data_;
  std::map<std::string, std::size_t> data_indices_;
  std::map<std::string, Trial> trials_;              // by id
  std::map<std::string, const Trial*> by_settings_;  // as recorded
  std::deque<Trial*> queue_;
};

}  // namespace

void train_again(const std::vector<Verified*>& records, const fs::path& store, const VerifyOptions& options,
                 exec::Stop& stop, Progress& progress) {
  Trials trials(store, options, stop, progress);
  for (auto* one : records) trials.add(*one);
  trials.train();
}

double work_of(const Verified& verified, const VerifyOptions& options) {
  const store::Record& record = *verified.record;
  const auto steps = last_step(record, options).value_or(record.result.metrics.value("steps", std::int64_t{0}));
  return static_cast<double>(steps) * record.settings.at("train").at("batch_size").get<double>();
}

}  // namespace bnexp::cli
