// Trains the trials of records again and compares.
#pragma once

#include <filesystem>
#include <vector>

#include "cli/progress.h"
#include "cli/verification.h"
#include "exec/stop.h"

namespace bnexp::cli {

// Sets the verdicts of `records`, which are of one store and consistent.
void train_again(const std::vector<Verified*>& records, const std::filesystem::path& store,
                 const VerifyOptions& options, exec::Stop& stop, Progress& progress);

// Images to train on, in the number of passes through the network.
double work_of(const Verified& record, const VerifyOptions& options);

}  // namespace bnexp::cli
