// Whole runs of fake suites, and what they leave.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "exec/fake.h"

namespace bnexp::test {

inline exec::Summary run(const config::Suite& suite, const std::filesystem::path& folder, int jobs = 2) {
  exec::Listener nobody;
  return fake_run(suite, folder, fake_options(jobs), nobody);
}

// The records without what may differ between two runs.
inline std::map<std::string, Json> contents(const std::filesystem::path& folder) {
  std::map<std::string, Json> result;
  for (const auto& record : store::Store::open(folder).records().readable) {
    Json json = store::to_json(record);
    json.erase("context");
    json.erase("timing");
    result[record.trial] = std::move(json);
  }
  return result;
}

struct Counter : exec::Listener {
  void on_start(int, const exec::PlannedTrial&) override { ++started; }
  void on_finish(int, const exec::PlannedTrial&, const train::TrialResult&) override { ++finished; }
  int started = 0;
  int finished = 0;
};

}  // namespace bnexp::test
