// What `run` and `work` share: options, progress, and the data sets of a plan.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/machine.h"
#include "config/settings/catalog.h"
#include "data/dataset.h"
#include "exec/session.h"
#include "store/store.h"

namespace bnexp::cli {

struct TrainingOptions {
  int jobs = available_cores();
  double timeout_s = 0;
  double checkpoint_every_s = 60;
  double lease_s = store::kLeaseSeconds;
  std::string executor = "workers";
  bool quiet = false;

  const CLI::Option* jobs_option = nullptr;

  void add_to(CLI::App& command);
  // Throws Error(usage) for an unknown executor, or for options that it does not have.
  void check() const;
  // See exec::trains_here; after check().
  bool trains_here() const;
  config::Variant chosen() const;  // the executor
};

// Trains the trials of plans in one store.
class TrainingRun {
 public:
  // Files that settings name are in `folder`. All must outlive it.
  TrainingRun(const TrainingOptions& options, const store::Store& store, std::filesystem::path folder,
              const data::Places& places, exec::Stop& stop);

  std::size_t start = 0;                                       // see exec::RunOptions
  std::optional<std::chrono::steady_clock::time_point> end{};  // the same

  // Loads the data sets, checks what depends on them, writes the plan into the store if wanted, and trains. Signals
  // request the stop while it trains.
  exec::Summary train(const exec::Plan& plan, bool writes_plan);

 private:
  using Datasets = std::map<std::string, std::shared_ptr<data::Dataset>>;  // by the settings that name them

  void load_data(const exec::Plan& plan);

  const TrainingOptions& options_;
  const store::Store& store_;
  std::filesystem::path folder_;
  const data::Places& places_;
  Datasets datasets_;
  exec::Stop& stop_;
};

// Says what is to be done: "<what>, 3 in the store, 9 to train on 2 workers", and how long that may take on this
// machine: "<estimate>: 3m 20s (...)".
void announce(const std::string& what, const exec::Plan& plan, const TrainingOptions& training,
              const std::string& estimate);

// Says what was done: "24 trials: 21 ok, 3 diverged". `retry` is exec::retry_command.
void print_outcome(const exec::Summary& result, const std::string& retry);

// "2 trials crashed, failed or ran out of time or memory; they are trained again only by: <retry>"
std::string retry_line(std::size_t trials, const std::string& retry);

}  // namespace bnexp::cli
