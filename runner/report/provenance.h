// Provenance as text, and the commands that make a report again.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "analysis/provenance.h"

namespace bnexp::report {

struct ProvenanceWords {
  // "CPU" -> "Xeon ...", or with several values "a (12 records), b (4 records)". In a fixed order.
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<std::string> warnings;  // mixed machines or versions, contention, uncommitted changes
};
ProvenanceWords provenance_words(const analysis::Provenance& provenance);

// A value of a fact as text: "yes", "16.00 GB", "unknown".
std::string fact_value(const std::string& key, const Json& value);

// "55000 training, 5000 validation, 10000 test images"
std::string image_counts(const analysis::DataFact& data);

// "bnexp run configs/lr_sweep.yaml --set train.steps=300", quoted for a shell; empty without a plan.
std::string run_command(const analysis::Results& results);

}  // namespace bnexp::report
