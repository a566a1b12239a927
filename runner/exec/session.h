// A suite's run: claims what is missing, has it trained, and keeps one record of every trial.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/json.h"
#include "config/suite/suite.h"
#include "exec/executor.h"
#include "exec/plan.h"
#include "store/store.h"

namespace bnexp::exec {

// Told of a run as it goes on, always on the thread that called run_suite.
class Listener {
 public:
  virtual ~Listener() = default;

  // `worker` counts from 0 to jobs - 1.
  virtual void on_start(int /*worker*/, const PlannedTrial&) {}
  virtual void on_progress(int /*worker*/, const PlannedTrial&, const train::Progress&) {}
  // After its record was written.
  virtual void on_finish(int /*worker*/, const PlannedTrial&, const train::TrialResult&) {}
  // Nothing is left to do here but `trials` that other runs are training; called again when that number changes.
  virtual void on_wait(std::size_t /*trials*/) {}
  // Another run trained it, meanwhile or while we waited.
  virtual void on_found(const PlannedTrial&, const train::TrialResult&) {}
};

struct RunOptions {
  std::string executor = "workers";
  // jobs, timeout, stop and train are the caller's; data is filled in here.
  ExecutorOptions execution;
  Json context = Json::object();  // of every record: store::context
  bool keep_weights = false;      // of the trials that are trained, in the store
  // Called once for each data set needed, and not at all when everything is cached: data::load.
  std::function<std::shared_ptr<data::Dataset>(const config::Variant& data)> load;
};

struct Summary {
  std::size_t planned = 0;
  std::size_t cached = 0;                         // done before this run
  std::size_t trained = 0;                        // here, whatever their status
  std::size_t found = 0;                          // done by other runs meanwhile
  std::map<train::Status, std::size_t> statuses;  // of all planned trials that have a record now
  bool interrupted = false;                       // a stop was requested before all was done

  std::size_t missing() const;
  bool all_ok() const;
};

// Writes the plan, then trains what isn't cached. A trial whose record isn't final (not `ok` or `diverged`) is trained
// again, unless another run has written that record since `plan` was made. Throws Error(environment) when a record
// can't be written: nothing runs then, and the records written before stay. Records are written while other trials are
// trained; a trial stays claimed until its record is on the disk.
Summary run_suite(const config::Suite& suite, const Plan& plan, const store::Store& store, RunOptions options,
                  Listener& listener);

}  // namespace bnexp::exec
