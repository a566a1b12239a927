// What a run of a suite would do: which trials are done, which are to train, how long that may take.
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
  std::string record{};                   // SHA-256 of that record, where it isn't final
  std::string damage{};                   // why its record is not usable, where it is not
  std::optional<double> seconds{};        // estimate of training it; nullopt: unknown

  bool cached() const { return status && train::is_final(*status); }
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
  // For all that is to run, `jobs` at a time; nullopt when it is unknown for one of them.
  std::optional<double> seconds(int jobs) const;
};

// The trials of a suite. `checksum` is data::checksum; `folder` is the folder of the suite's file.
store::Manifest make_manifest(const config::Suite& suite, const std::filesystem::path& folder, bool weights,
                              const std::function<std::string(const config::Variant& data)>& checksum);

// Where each trial stands. `store` may be null: nothing is cached then. Estimates come from finished trials in it.
// Throws Error(environment) for a record that can't be read or is of a newer version.
Plan make_plan(store::Manifest manifest, const PlannedSteps& steps, const store::Store* store);

// Of a record as written: differs between two writings.
std::string fingerprint(const store::Record& record);

}  // namespace bnexp::exec
