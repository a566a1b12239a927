// Where trials run. An executor is a file in variants/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "data/dataset.h"
#include "exec/stop.h"
#include "train/result.h"
#include "train/trainer.h"

namespace bnexp::exec {

// Trains what `settings`, a config::TrialSpec's JSON, says: in this process, or in one forked from it.
using Train =
    std::function<train::TrialResult(const Json& settings, const data::Dataset& data, const train::Callbacks&)>;

struct Job {
  std::string trial;  // id
  Json settings;
  std::size_t data = 0;   // index into ExecutorOptions::data
  std::string weights{};  // file for its final weights; empty: they aren't kept
};

struct ExecutorOptions {
  int jobs = 1;          // trials at a time
  double timeout_s = 0;  // of one trial; 0: none
  double grace_s = 2;    // from the first request to stop until trials that don't end are killed
  Stop* stop = nullptr;  // may be null
  std::vector<std::shared_ptr<data::Dataset>> data;

  Train train;
};

// What an executor is given to do and tells of; called on the thread that called run(). Whatever these throw ends the
// run: no trial is left running, and run() throws it.
class Work {
 public:
  virtual ~Work() = default;

  // The next job to train, taken when somebody is free to train it; nullopt when none is left.
  virtual std::optional<Job> next() = 0;
  // At most so many jobs are still to come.
  virtual std::size_t left() const = 0;
  // Returns when no thread is at work for this but the caller's: only then may a worker be forked.
  virtual void finish_threads() = 0;

  // `worker` counts from 0 to jobs - 1.
  virtual void on_start(int worker, const Job& job) = 0;
  virtual void on_progress(int worker, const Job& job, const train::Progress& progress) = 0;
  // Once for every job started, whatever happened to it.
  virtual void on_finish(int worker, const Job& job, train::TrialResult result) = 0;
};

class Executor {
 public:
  virtual ~Executor() = default;

  // Returns when nothing is left, or soon after a request to stop, with what was running `interrupted`. Throws
  // Error(environment) when no trial can be started at all.
  virtual void run(Work& work) = 0;
};

// "inline" or "workers". Throws Error(usage) for an unknown name.
std::unique_ptr<Executor> make_executor(const std::string& name, ExecutorOptions options);
std::vector<std::string> executor_names();

using ExecutorMaker = std::function<std::unique_ptr<Executor>(ExecutorOptions)>;
bool add_executor(const std::string& name, ExecutorMaker maker);

// Trains a job here, guarded (train/guard.h): whatever `train` throws becomes a result, and so does a result that a
// record can't hold.
train::TrialResult train_guarded(const Train& train, const Json& settings, const data::Dataset& data,
                                 const train::Callbacks& callbacks);

// Callbacks::weights that writes `file`, whole or not at all, in a folder that is made when it isn't there; empty when
// `file` is.
std::function<void(const std::string& bytes)> weights_writer(const std::string& file);

// Why a trial is `timeout`.
train::Failure too_long(double timeout_s);

}  // namespace bnexp::exec
