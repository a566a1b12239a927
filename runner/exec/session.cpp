#include "exec/session.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <future>
#include <set>
#include <utility>

#include "base/background.h"
#include "base/error.h"
#include "exec/queue.h"
#include "store/context.h"

namespace bnexp::exec {
namespace {

constexpr int kPollMs = 500;  // between two checks of the trials that other runs hold

// Number of records that may be written in parallel while later trials train. A file system syncs several files in the
// time of one: 8 at once take 0.4 ms each, one after the other 8 ms each (ext4).
constexpr std::size_t kMostUnwritten = 8;

class Session final : public Work {
 public:
  Session(const Plan& plan, const store::Store& store, RunOptions options, Listener& listener)
      : plan_(plan), store_(store), options_(std::move(options)), listener_(listener), queue_(plan) {}

  Summary run() {
    enqueue();
    if (!queue_.empty()) load_data();
    while (!queue_.empty() && !stopping()) {
      make_executor(options_.executor, options_.execution, training_)->run(*this);
      finish_writing(0);
      if (queue_.empty()) wait_for_others();
    }
    return summarize();
  }

  std::optional<Job> next() override {
    finish_writing(kMostUnwritten);
    while (!queue_.empty()) {
      const PlannedTrial& trial = *queue_.take();
      auto claim = store_.claim(trial.trial);
      if (!claim) {
        held_elsewhere_.push_back(&trial);
      } else if (!found(trial)) {
        require_same_version(trial);
        claims_[trial.trial] = {&trial, std::move(claim)};
        const bool weights = plan_.manifest.weights;
        return Job{trial.trial, plan_.settings(trial), data_index_.at(trial.data_sha256),
                   weights ? store::weights_file(store_.folder(), trial.trial).string() : ""};
      }
    }
    return std::nullopt;
  }

  std::size_t left() const override { return queue_.size(); }

  void join_threads() override { finish_writing(0); }

  void on_start(int worker, const Job& job) override { listener_.on_start(worker, trial_of(job)); }

  void on_progress(int worker, const Job& job, const train::Progress& progress) override {
    finish_writing(kMostUnwritten);
    listener_.on_progress(worker, trial_of(job), progress);
  }

  void on_finish(int worker, const Job& job, train::TrialResult result) override {
    const PlannedTrial& trial = trial_of(job);
    const store::Manifest::Arm& arm = plan_.manifest.arms.at(trial.arm);
    if (result.status == train::Status::ok) queue_.learn(trial, result.timing.at("wall_s").get<double>());
    Json settings = plan_.settings(trial);
    Json semantics = store::semantics_of(settings);
    Json context = options_.context;
    if (settings.value("device", "") == "cuda") context.update(options_.cuda_context);
    if (const auto usage = result.timing.find("scheduling"); usage != result.timing.end())
      context["contended"] = store::is_contended(thread_usage_from(*usage));
    auto record = std::make_unique<store::Record>(store::Record{.trial = trial.trial,
                                                                .suite = plan_.manifest.name,
                                                                .arm = arm.label,
                                                                .arm_values = arm.values,
                                                                .seed = trial.seed,
                                                                .settings = std::move(settings),
                                                                .semantics = std::move(semantics),
                                                                .result = std::move(result),
                                                                .context = std::move(context)});
    auto written = in_background([this, one = record.get()] { store_.write(*one); });
    writing_.push_back({worker, &trial, std::move(record), std::move(written)});
    finish_writing(kMostUnwritten);
  }

 private:
  struct Held {
    const PlannedTrial* trial = nullptr;
    store::Store::Claim claim;
  };
  struct Writing {
    int worker = 0;
    const PlannedTrial* trial = nullptr;
    std::unique_ptr<store::Record> record;
    std::future<void> written;  // its destructor waits for the end
  };

  bool stopping() const { return options_.execution.stop != nullptr && options_.execution.stop->requested(); }
  const PlannedTrial& trial_of(const Job& job) const { return *claims_.at(job.trial).trial; }

  // Reports the written records, and waits until at most `most` are being written. Throws when one can't be written.
  void finish_writing(std::size_t most) {
    const auto is_done = [](const std::future<void>& written) {
      return written.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    };
    while (!writing_.empty() && (writing_.size() > most || is_done(writing_.front().written))) {
      Writing one = std::move(writing_.front());
      writing_.pop_front();
      one.written.get();
      claims_.erase(one.trial->trial);
      statuses_[one.trial->trial] = one.record->result.status;
      ++summary_.trained;
      listener_.on_finish(one.worker, *one.trial, one.record->result);
    }
  }

  void enqueue() {
    std::set<std::string> seen;
    for (const auto& trial : plan_.trials) {
      if (trial.status) statuses_[trial.trial] = *trial.status;
      if (trial.cached()) {
        ++summary_.cached;
      } else if (seen.insert(trial.trial).second) {
        queue_.push(trial);
      }
    }
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

  // The plan may come from the store, and from another release.
  void require_same_version(const PlannedTrial& trial) const {
    if (store::trial_id(plan_.settings(trial), trial.data_sha256) == trial.trial) return;
    throw environment_error(
        fmt::format("the plan in {} is from a release of bnexp that trains {} to other bits", store_.folder().string(),
                    plan_.name(trial)),
        "run its suite with this release to write the plan again, or use the release that wrote it");
  }

  // Whether another run has trained `trial`, which is claimed, since the plan was made. One that was interrupted counts
  // as not trained. A damaged record is set aside.
  bool found(const PlannedTrial& trial) {
    const auto record = store_.find(trial.trial);
    if (!record.damage.empty()) listener_.on_damage(store_.set_record_aside(trial.trial), record.damage);
    if (!record || record->result.status == train::Status::interrupted) return false;
    if (!train::is_final(record->result.status) && fingerprint(*record) == trial.record) return false;
    statuses_[trial.trial] = record->result.status;
    ++summary_.found;
    listener_.on_found(trial, record->result);
    return true;
  }

  // Waits until a trial that another run held is free and still to be trained, or none is held.
  void wait_for_others() {
    std::size_t reported = 0;
    while (!held_elsewhere_.empty() && queue_.empty() && !stopping()) {
      if (std::exchange(reported, held_elsewhere_.size()) != held_elsewhere_.size()) {
        listener_.on_wait(held_elsewhere_.size());
      }
      auto* stop = options_.execution.stop;
      pollfd source{stop == nullptr ? -1 : stop->descriptor(), POLLIN, 0};
      poll(&source, 1, kPollMs);
      std::erase_if(held_elsewhere_, [this](const PlannedTrial* trial) {
        const auto claim = store_.claim(trial->trial);
        if (claim && !found(*trial)) queue_.push(*trial);
        return static_cast<bool>(claim);
      });
    }
  }

  Summary summarize() {
    summary_.planned = plan_.trials.size();
    for (const auto& trial : plan_.trials) {
      if (const auto status = statuses_.find(trial.trial); status != statuses_.end())
        ++summary_.statuses[status->second];
    }
    summary_.interrupted = stopping() && (!queue_.empty() || !held_elsewhere_.empty() ||
                                          summary_.statuses.contains(train::Status::interrupted));
    return summary_;
  }

  const Plan& plan_;
  const store::Store& store_;
  RunOptions options_;
  Listener& listener_;
  Queue queue_;
  std::vector<const PlannedTrial*> held_elsewhere_;
  std::deque<Writing> writing_;                    // oldest first
  std::map<std::string, Held> claims_;             // of trials that are trained or written here
  std::map<std::string, train::Status> statuses_;  // of trials with a record
  Training training_;
  std::map<std::string, std::size_t> data_index_;  // by checksum, into training_.data
  Summary summary_;
};

}  // namespace

std::size_t Summary::missing() const {
  std::size_t recorded = 0;
  for (const auto& [status, count] : statuses) recorded += count;
  return planned - recorded;
}

bool Summary::all_ok() const {
  const auto ok = statuses.find(train::Status::ok);
  return planned == (ok == statuses.end() ? 0 : ok->second);
}

void write_plan(const Plan& plan, const store::Store& store, Listener& listener) {
  const auto before = store.manifest();
  if (!before.damage.empty()) listener.on_damage(store.set_manifest_aside(), before.damage);
  store.write(plan.manifest);
}

Summary run_plan(const Plan& plan, const store::Store& store, RunOptions options, Listener& listener) {
  return Session(plan, store, std::move(options), listener).run();
}

}  // namespace bnexp::exec
