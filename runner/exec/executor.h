// Executors run trials. Each is a file in variants/, found by itself, with its own options.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "config/settings/catalog.h"
#include "config/suite/head.h"
#include "data/dataset.h"
#include "exec/stop.h"
#include "store/leases.h"
#include "train/result.h"
#include "train/trainer.h"

namespace bnexp::exec {

struct Job {
  std::string trial;  // id
  Json settings;
  std::size_t data = 0;      // index into Training::data
  std::string weights{};     // file for its final weights; empty: don't keep them
  std::string checkpoint{};  // file for its state; empty: don't save it
  std::string lease{};       // file of the lease that this process must hold to write that
};

struct Plan;

// What an executor needs whose trials other processes train, from the plan in the store.
struct Elsewhere {
  const Plan* plan = nullptr;
  std::filesystem::path store{}, data_folder{};  // an empty data folder is the default one
  double lease_s = store::kLeaseSeconds;
};

// Options of every executor.
struct Execution {
  int jobs = 1;                    // number of parallel trials
  config::Limits limits = {};      // of one trial
  double checkpoint_every_s = 60;  // 0: never
  Stop* stop = nullptr;            // may be null
  Elsewhere elsewhere{};
};

// Trains a trial from `settings`, a config::TrialSpec's JSON, in this process or in one forked from it.
using Train =
    std::function<train::TrialResult(const Json& settings, const data::Dataset& data, const train::Callbacks&)>;

// Needed by executors that train in this process, or in one forked from it.
struct Training {
  Train train;
  std::vector<std::shared_ptr<data::Dataset>> data;
};

// Source of jobs and receiver of events, called on the thread that called run(). An exception from these ends the run:
// no trial is left running, and run() rethrows it.
class Work {
 public:
  virtual ~Work() = default;

  // The next job, requested when a worker is free; nullopt when none is left.
  virtual std::optional<Job> next() = 0;
  // Upper bound of the number of jobs to come.
  virtual std::size_t left() const = 0;
  // Joins all background threads. Must be called before fork().
  virtual void join_threads() = 0;

  // `worker` counts from 0 to jobs - 1.
  virtual void on_start(int worker, const Job& job) = 0;
  virtual void on_progress(int worker, const Job& job, const train::Progress& progress) = 0;
  // Called once for every job that was started and not lost, whatever its result.
  virtual void on_finish(int worker, const Job& job, train::TrialResult result) = 0;
  // What a user should know of a running job.
  virtual void on_notice(int worker, const Job& job, const std::string& text) = 0;

  // Called about once a second while jobs run: the ids of the trials that another process has taken over. Their jobs
  // end without a result.
  virtual std::vector<std::string> lost() = 0;

  // For an executor whose trials other processes train: reports what these have done since the last call. Returns how
  // many trials are left.
  virtual std::size_t look_elsewhere() { return left(); }
  // What a user should know of the run as a whole; a warning also one who wants no progress.
  virtual void on_message(const std::string& /*text*/) {}
  virtual void on_warning(const std::string& /*text*/) {}
};

class Executor {
 public:
  virtual ~Executor() = default;

  // Returns when no job is left, or soon after a stop request; running trials then become `interrupted`. Throws
  // Error(environment) when no trial can be started, or when weights can't be written. One whose trials other processes
  // train leaves those to them after a stop request, and returns also when there are no such processes any more.
  virtual void run(Work& work) = 0;
};

// One of the catalog's variants of kind "executor". Throws Error(usage) for an unknown name.
std::unique_ptr<Executor> make_executor(const config::Variant& executor, Execution execution, Training training);
std::vector<std::string> executor_names();
// Whether its trials are trained on this machine, by this process or its children. Throws as make_executor does.
bool trains_here(const std::string& name);

struct ExecutorEntry {
  std::function<std::unique_ptr<Executor>(const Json& settings, Execution, Training)> make;
  bool trains_here = true;
};
void add_executor(const std::string& name, ExecutorEntry entry);

// Implementation is constructed from (const Options&, Execution, Training), or, if other processes train its trials,
// from (const Options&, Execution).
template <class Implementation, class Options>
bool add_executor(const std::string& name, config::About about) {
  constexpr bool kTrainsHere = std::is_constructible_v<Implementation, const Options&, Execution, Training>;
  config::Catalog::instance().add_options<Options>("executor", name, std::move(about));
  const auto make = [](const Json& settings, Execution execution, Training training) -> std::unique_ptr<Executor> {
    const auto options = config::from_json<Options>(settings);
    if constexpr (kTrainsHere) {
      return std::make_unique<Implementation>(options, std::move(execution), std::move(training));
    } else {
      return std::make_unique<Implementation>(options, std::move(execution));
    }
  };
  add_executor(name, {make, kTrainsHere});
  return true;
}

// Trains a job in this process, guarded (train/guard.h): exceptions of `train` become results, also for a result that a
// record can't hold.
train::TrialResult train_guarded(const Train& train, const Json& settings, const data::Dataset& data,
                                 const train::Callbacks& callbacks);

// Writes the weights of one job atomically; creates the folder if missing.
class WeightsWriter {
 public:
  explicit WeightsWriter(const std::string& file) : file_(file) {}

  // train::Callbacks::weights; empty if no file is wanted.
  std::function<void(const std::string& bytes)> callback();

  // Why the weights could not be written. The disk has no room for those of other trials either, so the run must end.
  const std::optional<Error>& failure() const { return failure_; }

 private:
  std::string file_;
  std::optional<Error> failure_;
};

// Checks the limits of the trials that one process trains.
class LimitsCheck {
 public:
  explicit LimitsCheck(const config::Limits& limits) : limits_(limits) {}

  double time_s() const;  // infinity: no limit
  bool has_memory() const { return limits_.memory_mb.has_value(); }
  bool exceeds_memory(pid_t process) const;

  train::Failure too_long() const;  // of a timeout
  train::Failure too_much() const;  // of an oom
 private:
  config::Limits limits_;
};

}  // namespace bnexp::exec
