// A run of a suite: claims the missing trials, trains them, and writes one record per trial.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "exec/executor.h"
#include "exec/plan.h"
#include "exec/summary.h"
#include "store/leases.h"
#include "store/store.h"

namespace bnexp::exec {

// Receives the events of a run, always on the thread that called run_plan.
class Listener {
 public:
  virtual ~Listener() = default;

  // `worker` counts from 0 to jobs - 1.
  virtual void on_start(int /*worker*/, const PlannedTrial&) {}
  virtual void on_progress(int /*worker*/, const PlannedTrial&, const train::Progress&) {}
  // Called after its record was written.
  virtual void on_finish(int /*worker*/, const PlannedTrial&, const train::TrialResult&) {}
  // This run has only to wait for `trials` that other runs are training; called again when the number changes.
  virtual void on_wait(std::size_t /*trials*/) {}
  // Another process trained it in the meantime.
  virtual void on_found(const PlannedTrial&, const train::TrialResult&) {}
  // Its worker crashed; it is trained again from its last checkpoint.
  virtual void on_retry(const PlannedTrial&, const train::Failure&) {}
  // Another run has taken over this trial, whose lease had expired: it ends here without a result.
  virtual void on_lost(const PlannedTrial&) {}
  // What a user should know of a trial: a checkpoint that is not usable, can't be written or is of a newer release.
  virtual void on_notice(const PlannedTrial&, const std::string& /*text*/) {}
  // What a user should know of the run as a whole; a warning also one who wants no progress.
  virtual void on_message(const std::string& /*text*/) {}
  virtual void on_warning(const std::string& /*text*/) {}
  // The trials that other processes are training now for a run that trains none itself.
  virtual void on_elsewhere(const std::vector<Running>& /*trials*/) {}
  // A file of the store was damaged; it was renamed to `aside`, and is written again.
  virtual void on_damage(const std::filesystem::path& /*aside*/, const std::string& /*damage*/) {}
};

struct RunOptions {
  config::Variant executor{.name = "workers"};
  Execution execution;
  // After this time without a sign of life of this process, other processes may train its trials.
  double lease_s = store::kLeaseSeconds;
  // The stop is requested then, if there is one.
  std::optional<std::chrono::steady_clock::time_point> end{};
  // The place in the plan to begin at, modulo its length: processes that begin apart rarely want the same trial.
  std::size_t start = 0;
  Train train;
  Json context = Json::object();       // of every record: store::context, to which "contended" is added
  Json cuda_context = Json::object();  // added to it for trials on a CUDA device: train::cuda_context
  // Called once for each data set needed, and not at all when everything is cached: data::load. Throws
  // Error(environment) when the data set's checksum is not the plan's, `sha256`.
  std::function<std::shared_ptr<data::Dataset>(const Json& settings, const std::string& sha256)> load;
};

// Writes the plan into the store. Sets a damaged one aside first. Throws Error(environment) and NewerVersion.
void write_plan(const Plan& plan, const store::Store& store, Listener& listener);

// Trains the trials that aren't cached, unless another run has written their record since `plan` was made. A damaged
// record is set aside first. Throws Error(environment) when a record or weights can't be written, or workers crash one
// after another (exec/crashes.h): then nothing is left running, and the records so far stay. Also throws when a data
// set isn't the plan's. A trial whose checkpoint is of a newer release is left as it is. Records are written while
// other trials train; a trial stays claimed until its record is on the disk. With an executor whose trials other
// processes train, nothing is claimed here.
Summary run_plan(const Plan& plan, const store::Store& store, RunOptions options, Listener& listener);

}  // namespace bnexp::exec
