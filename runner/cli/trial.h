// What subcommands on one trial have in common: its record, its data, its weights.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "exec/executor.h"
#include "exec/plan.h"
#include "store/store.h"
#include "train/trained.h"
#include "train/trainer.h"

namespace bnexp::cli {

// The data that the record at `path` was made with; throws Error(environment) when what is here differs.
std::shared_ptr<data::Dataset> data_of(const store::Record& record, const std::string& path,
                                       const std::string& data_folder);

// train::cuda_context() when a trial of the plan is still to be trained on a CUDA device, else {}.
Json cuda_context(const exec::Plan& plan);

// Trains a trial from its settings; files that they name are in `folder`.
exec::Train trainer(const std::filesystem::path& folder);

// The settings of the record at `path`, which says where the files are that they name.
config::TrialSpec recorded_spec(const store::Record& record, const std::string& path);

// The same, on the CPU if it was a CUDA device and this machine has none.
config::TrialSpec spec_of(const store::Record& record, const std::string& path);

train::Weights read_weights(const std::filesystem::path& file);

// The files that a command on one trial reads: `named` by the user, and those of the data, the weights and the
// settings.
std::vector<std::filesystem::path> inputs_of(const config::TrialSpec& spec, const data::Dataset& data,
                                             const train::Weights& weights, std::vector<std::filesystem::path> named);

// From `option`, a file, or where `bnexp run --weights` keeps those of the record at `path`.
train::Weights weights_of(const store::Record& record, const std::string& path, const std::string& option);

}  // namespace bnexp::cli
