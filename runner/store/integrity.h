// Checks of a record that need no training. What they can't find is a change that keeps the record consistent and comes
// with a new checksum; only training again finds that. Nothing checks suite, context and timing, which may differ
// between two runs of a trial.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store/plan.h"
#include "store/record.h"

namespace bnexp::store {

// The number of optimizer steps that these settings plan, for the number of images in the training file.
using StepsOf = std::function<std::int64_t(const Json& settings, std::int64_t train_images)>;

struct Inspection {
  std::optional<Record> record;    // none if the file does not hold one
  std::vector<std::string> flaws;  // "metrics.train_loss is 0.1, and the last entry of the history has 0.2"
};

// Checks the format by the JSON Schema, the checksum, the id by settings, data and semantics, and whether the record's
// parts agree with each other and with the plan of its store, which may be null. Version 1 of the format had no
// checksum. Throws Error(environment) when the file is missing or can't be read, and NewerVersion.
Inspection inspect(const std::filesystem::path& file, const Manifest* plan, const StepsOf& steps_of);

}  // namespace bnexp::store
