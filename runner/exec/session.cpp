#include "exec/session.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "exec/checkpoint.h"
#include "exec/crashes.h"
#include "exec/holding.h"
#include "exec/queue.h"
#include "exec/record_writer.h"

namespace bnexp::exec {
namespace {

constexpr int kPollMs = 1000;  // between two checks of the trials that other runs hold

class Session final : public Work {
 public:
  Session(const Plan& plan, const store::Store& store, RunOptions options, Listener& listener)
      : plan_(plan),
        store_(store),
        options_(std::move(options)),
        listener_(listener),
        trains_here_(trains_here(options_.executor.name)),
        queue_(plan),
        writer_(store),
        holding_(store, options_.lease_s) {
    options_.execution.elsewhere.plan = &plan;
    options_.execution.elsewhere.store = store.folder();
    options_.execution.elsewhere.lease_s = options_.lease_s;
  }

  Summary run() {
    enqueue();
    if (!queue_.empty() && trains_here_) load_data();
    while (!queue_.empty() && !stopping()) {
      make_executor(options_.executor, options_.execution, training_)->run(*this);
      finish_writing(0);
      if (!trains_here_) break;
      if (queue_.empty()) wait_for_others();
    }
    tidy();
    return summarize();
  }

  std::optional<Job> next() override {
    finish_writing(RecordWriter::kMost);
    stop_if_time_is_over();
    while (!queue_.empty() && !stopping()) {
      const PlannedTrial& trial = *queue_.take();
      if (found(trial)) continue;
      if (!holding_.take(trial)) {
        elsewhere_.push_back(&trial);
        continue;
      }
      const auto record = store_.find(trial.trial);
      if (found(trial, record) || is_of_newer_release(trial)) {
        holding_.give_back(trial.trial);
      } else {
        if (!record.damage.empty()) listener_.on_damage(store_.set_record_aside(trial.trial), record.damage);
        require_same_bits(plan_, trial, store_.folder());
        const bool weights = plan_.manifest.weights;
        return Job{.trial = trial.trial,
                   .settings = plan_.settings(trial),
                   .data = data_index_.at(trial.data_sha256),
                   .weights = weights ? store::weights_file(store_.folder(), trial.trial).string() : "",
                   .checkpoint = store::checkpoint_file(store_.folder(), trial.trial).string(),
                   .lease = store::lease_file(store_.folder(), trial.trial).string()};
      }
    }
    return std::nullopt;
  }

  std::size_t left() const override { return queue_.size(); }

  void join_threads() override { finish_writing(0); }

  void on_start(int worker, const Job& job) override { listener_.on_start(worker, trial_of(job)); }

  void on_progress(int worker, const Job& job, const train::Progress& progress) override {
    finish_writing(RecordWriter::kMost);
    holding_.at_step(job.trial, progress.step, progress.steps);
    listener_.on_progress(worker, trial_of(job), progress);
  }

  void on_notice(int, const Job& job, const std::string& text) override { listener_.on_notice(trial_of(job), text); }

  std::vector<std::string> lost() override {
    stop_if_time_is_over();
    std::vector<std::string> trials = holding_.renew();
    std::erase_if(trials, [this](const std::string& trial) { return writer_.has(trial); });
    for (const auto& trial : trials) lose(trial);
    return trials;
  }

  std::size_t look_elsewhere() override {
    stop_if_time_is_over();
    while (const PlannedTrial* trial = queue_.take()) elsewhere_.push_back(trial);
    // One listing of the folder is faster than a look for each file.
    std::set<std::string> recorded;
    for (const auto& file : store_.record_files()) recorded.insert(file.stem().string());
    std::erase_if(elsewhere_, [&](const PlannedTrial* one) { return recorded.contains(one->trial) && found(*one); });
    listener_.on_elsewhere(holding_.running(elsewhere_));
    return elsewhere_.size();
  }

  void on_message(const std::string& text) override { listener_.on_message(text); }
  void on_warning(const std::string& text) override { listener_.on_warning(text); }

  void on_finish(int worker, const Job& job, train::TrialResult result) override {
    const PlannedTrial& trial = trial_of(job);
    // This process may have been stopped for longer than its lease lasts.
    if (!holding_.is_held(job.trial)) return lose(job.trial);
    if (found(trial)) return holding_.give_back(job.trial);
    if (!stopping() && crashes_.retries(trial, result)) {
      holding_.give_back(job.trial);
      queue_.push(trial);
      return listener_.on_retry(trial, *result.failure);
    }
    if (result.status == train::Status::ok) queue_.learn(trial, result.timing.at("wall_s").get<double>());
    const std::string why = result.failure ? result.failure->message : "";
    write(worker, trial, std::move(result));
    finish_writing(RecordWriter::kMost);
    if (!stopping() && crashes_.end_the_run()) end_after_crashes(worker, why);
  }

 private:
  bool stopping() const { return options_.execution.stop != nullptr && options_.execution.stop->requested(); }
  void stop_if_time_is_over() {
    const bool is_over = options_.end && std::chrono::steady_clock::now() >= *options_.end;
    if (is_over && options_.execution.stop != nullptr && !stopping()) options_.execution.stop->request();
  }

  const PlannedTrial& trial_of(const Job& job) const { return holding_[job.trial]; }

  void lose(const std::string& trial) {
    const PlannedTrial& lost = holding_[trial];
    holding_.give_back(trial);
    elsewhere_.push_back(&lost);
    listener_.on_lost(lost);
  }

  void write(int worker, const PlannedTrial& trial, train::TrialResult result) {
    Json context = options_.context;
    if (plan_.manifest.arms[trial.arm].settings.value("device", "") == "cuda") context.update(options_.cuda_context);
    writer_.write(worker, trial, record_of(plan_, trial, std::move(result), std::move(context)));
  }

  // Each of the crashes leaves its record, so that the store says why the run has ended.
  [[noreturn]] void end_after_crashes(int worker, const std::string& why) {
    for (const auto& [trial, result] : crashes_.untried()) {
      if (holding_.take(*trial) && !found(*trial)) write(worker, *trial, result);
    }
    finish_writing(0);
    throw Crashes::error(why,
                         retry_command(store_.folder().string(), options_.execution.elsewhere.data_folder.string()));
  }

  // Reports the written records, and waits until at most `most` are being written. Throws when one can't be written.
  void finish_writing(std::size_t most) {
    while (const auto one = writer_.take(most)) {
      if (train::is_final(one->record->result.status)) store_.remove_checkpoint(one->trial->trial);
      holding_.give_back(one->trial->trial);
      statuses_[one->trial->trial] = one->record->result.status;
      ++summary_.trained;
      listener_.on_finish(one->worker, *one->trial, one->record->result);
    }
  }

  void enqueue() {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < plan_.trials.size(); ++i) {
      const PlannedTrial& trial = plan_.trials[(i + options_.start) % plan_.trials.size()];
      if (trial.status) statuses_[trial.trial] = *trial.status;
      if (trial.cached()) {
        ++summary_.cached;
      } else if (seen.insert(trial.trial).second) {
        queue_.push(trial);
      }
    }
  }

  // Removes what processes that were killed have left of finished trials.
  void tidy() {
    for (const auto& trial : store_.checkpoints()) {
      const auto status = statuses_.find(trial);
      if (status != statuses_.end() && train::is_final(status->second)) store_.remove_checkpoint(trial);
    }
    holding_.sweep();
    store_.sweep();
  }

  void load_data() {
    training_.train = options_.train;
    for (const auto& trial : plan_.trials) {
      if (trial.cached() || data_index_.contains(trial.data_sha256)) continue;
      auto dataset = options_.load(plan_.settings(trial).at("data"), trial.data_sha256);
      data_index_.emplace(trial.data_sha256, training_.data.size());
      training_.data.push_back(std::move(dataset));
    }
  }

  // Whether another run has trained `trial` since the plan was made. One that was interrupted counts as not trained.
  bool found(const PlannedTrial& trial) { return found(trial, store_.find(trial.trial)); }
  bool found(const PlannedTrial& trial, const store::Reading<store::Record>& record) {
    if (!record || record->result.status == train::Status::interrupted) return false;
    if (!train::is_final(record->result.status) && fingerprint(*record) == trial.record) return false;
    statuses_[trial.trial] = record->result.status;
    ++summary_.found;
    listener_.on_found(trial, record->result);
    return true;
  }

  // Whether a newer release wrote the trial's checkpoint. The trial is left for that release.
  bool is_of_newer_release(const PlannedTrial& trial) {
    const auto newer = newer_checkpoint(store::checkpoint_file(store_.folder(), trial.trial));
    if (!newer) return false;
    listener_.on_notice(trial, newer->what());
    if (!summary_.newer_checkpoint) summary_.newer_checkpoint = newer;
    return true;
  }

  // Waits until a trial that another run held is free and still to be trained, or none is held.
  void wait_for_others() {
    std::size_t reported = 0;
    while (!elsewhere_.empty() && queue_.empty() && !stopping()) {
      if (std::exchange(reported, elsewhere_.size()) != elsewhere_.size()) {
        listener_.on_wait(elsewhere_.size());
      }
      auto* stop = options_.execution.stop;
      pollfd source{stop == nullptr ? -1 : stop->descriptor(), POLLIN, 0};
      poll(&source, 1, kPollMs);
      stop_if_time_is_over();
      std::erase_if(elsewhere_, [this](const PlannedTrial* trial) {
        if (found(*trial)) return true;
        if (!holding_.is_free(trial->trial)) return false;
        queue_.push(*trial);
        return true;
      });
    }
  }

  Summary summarize() {
    summary_.planned = plan_.trials.size();
    for (const auto& trial : plan_.trials) {
      if (const auto status = statuses_.find(trial.trial); status != statuses_.end())
        ++summary_.statuses[status->second];
    }
    const bool is_left =
        !queue_.empty() || !elsewhere_.empty() || summary_.statuses.contains(train::Status::interrupted);
    summary_.interrupted = is_left && (stopping() || options_.end || !trains_here_);
    return summary_;
  }

  const Plan& plan_;
  const store::Store& store_;
  RunOptions options_;
  Listener& listener_;
  const bool trains_here_;
  Queue queue_;
  std::vector<const PlannedTrial*> elsewhere_;  // trials that other processes train
  RecordWriter writer_;
  Holding holding_;
  Crashes crashes_;
  std::map<std::string, train::Status> statuses_;  // of trials with a record
  Training training_;
  std::map<std::string, std::size_t> data_index_;  // by checksum, into training_.data
  Summary summary_;
};

}  // namespace

void write_plan(const Plan& plan, const store::Store& store, Listener& listener) {
  const auto before = store.manifest();
  if (!before.damage.empty()) listener.on_damage(store.set_manifest_aside(), before.damage);
  store.write(plan.manifest);
}

Summary run_plan(const Plan& plan, const store::Store& store, RunOptions options, Listener& listener) {
  return Session(plan, store, std::move(options), listener).run();
}

}  // namespace bnexp::exec
