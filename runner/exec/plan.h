// What a run of a suite would do: which trials are done, which are to train, how long that may take.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/suite/suite.h"
#include "data/dataset.h"
#include "store/store.h"
#include "train/result.h"

namespace bnexp::exec {

struct PlannedTrial {
  std::string trial;    // id
  std::size_t arm = 0;  // index into Suite::arms
  std::int64_t seed = 0;
  const config::Trial* source = nullptr;  // in the suite, which must outlive the plan
  std::string data_sha256;
  std::optional<train::Status> status;  // of its record; nothing: missing
  std::string record;                   // that record's fingerprint, where it isn't final
  std::optional<double> seconds;        // estimate of training it; nothing: unknown

  bool cached() const { return status && train::is_final(*status); }
};

struct Plan {
  std::vector<PlannedTrial> trials;  // in the suite's order

  std::size_t cached() const;
  std::size_t to_run() const { return trials.size() - cached(); }
  // For all that is to run, `jobs` at a time; nothing when it is unknown for one of them.
  std::optional<double> seconds(int jobs) const;
};

// What a plan asks other rooms, so that tests can answer in their place.
struct PlanSources {
  std::function<std::string(const config::Variant& data)> checksum;                             // data::checksum
  std::function<std::int64_t(const config::TrialSpec& spec, std::int64_t train_images)> steps;  // train::planned_steps
};

// `store` may be null: nothing is cached then. Estimates come from the wall time per step of finished trials of the
// same model, norm, batch size, precision, execution and device in the store.
Plan make_plan(const config::Suite& suite, const PlanSources& sources, const store::Store* store);

// Tells one writing of a record from another.
std::string fingerprint(const store::Record& record);

// What the store keeps of the plan for reports.
store::Manifest manifest(const config::Suite& suite, const Plan& plan);

}  // namespace bnexp::exec
