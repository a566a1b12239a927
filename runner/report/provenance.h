// Where the numbers come from, over all records.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "report/results.h"

namespace bnexp::report {

struct Provenance {
  // "CPU" -> "Xeon ...", or with several values "a (12 records), b (4 records)". In a fixed order.
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<std::string> warnings;  // mixed machines or versions, contention, uncommitted changes
};

Provenance provenance(const Results& results);
Provenance provenance(const std::vector<const Json*>& contexts);  // one a record

// The data sets with their checksums: {"mnist", "sha256…", "55000 training, 5000 validation, 10000 test images"}.
struct DataFacts {
  std::string name;
  std::string sha256;
  std::string counts;
};
std::vector<DataFacts> data_facts(const Results& results);

// Seconds of all trials together, over those that say.
double total_seconds(const Results& results);

// "bnexp run configs/lr_sweep.yaml --set train.steps=300", quoted for a shell; empty without a plan.
std::string run_command(const Results& results);

// As a POSIX shell reads it back.
std::string shell_quoted(const std::string& word);

}  // namespace bnexp::report
