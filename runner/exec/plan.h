// What a run of a suite would do: finished trials, trials to train, estimated time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/suite/suite.h"
#include "exec/cost.h"
#include "store/store.h"
#include "train/result.h"

namespace bnexp::exec {

struct PlannedTrial {
  std::string trial;    // id
  std::size_t arm = 0;  // index into the manifest's arms
  std::int64_t seed = 0;
  std::string data_sha256;
  std::optional<train::Status> status{};  // of its record; nullopt: missing
  std::string record{};                   // SHA-256 of that record, if it isn't final
  std::string damage{};                   // why its record is not usable, else empty
  std::optional<double> seconds{};        // estimate of training it; nullopt: unknown
  bool again = false;                     // `bnexp retry` or `trial` trains it, whatever its record says

  bool is_final() const { return status && train::is_final(*status); }
  // Whether it is left as it is. A trial that crashed, failed, or ran out of time or memory has been tried as often as
  // a run tries it (exec/crashes.h): only `bnexp retry` trains it again.
  bool cached() const { return status && status != train::Status::interrupted && !again; }
  bool needs_retry() const { return cached() && !is_final(); }
};

// A planned trial that some process is training.
struct Running {
  const PlannedTrial* trial;
  std::int64_t step = 0;  // when its lease was renewed last
  std::int64_t steps = 0;
};

struct Plan {
  store::Manifest manifest;
  std::vector<PlannedTrial> trials;  // in the manifest's order

  // Every setting, defaults included.
  Json settings(const PlannedTrial& trial) const;
  // "norm=batch, lr=0.1, seed 2"
  std::string name(const PlannedTrial& trial) const;

  std::size_t cached() const;
  std::size_t to_run() const { return trials.size() - cached(); }
  // Estimate for all trials to run, with `jobs` workers; nullopt when it is unknown for one of them.
  std::optional<double> seconds(int jobs) const;
};

// The trials of a suite. `checksum` is data::checksum; `folder` is the folder of the suite's file.
store::Manifest make_manifest(const config::Suite& suite, const std::filesystem::path& folder, bool weights,
                              const std::function<std::string(const config::Variant& data)>& checksum);

// Adds trials so that arm i has `seeds[i]` of them at least. An arm's further seeds follow its highest one.
void add_seeds(store::Manifest& manifest, const std::vector<std::size_t>& seeds);

// The state of each trial. `store` may be null: then nothing is cached. Estimates use its finished trials. Throws
// Error(environment) for a record that can't be read or is of a newer version.
Plan make_plan(store::Manifest manifest, const PlannedSteps& steps, const store::Store* store);

// Throws Error(environment) if this release trains the trial to other bits than the plan asks for: then its settings
// have another id. A plan may come from a store that another release has written.
void require_same_bits(const Plan& plan, const PlannedTrial& trial, const std::filesystem::path& store);

// " --data-dir FOLDER" for a shell; empty without a folder.
std::string data_option(const std::string& folder);

// The command that trains what is left in a store, for a shell.
std::string work_command(const std::string& store, const std::string& data_folder);

// The command that trains again what needs_retry in a store, for a shell.
std::string retry_command(const std::string& store, const std::string& data_folder);

// SHA-256 of a record as written; differs between two writings.
std::string fingerprint(const store::Record& record);

}  // namespace bnexp::exec
