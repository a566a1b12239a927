// Shared by subcommands on one trial: its record, data and weights.
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

// The data of the record at `path`; throws Error(environment) when the data here differ.
std::shared_ptr<data::Dataset> data_of(const store::Record& record, const std::string& path,
                                       const std::string& data_folder);

// The plan in a store, with the settings of every trial. Throws Error(environment) if it is absent, not usable, or of
// version 1, which had no settings.
store::Manifest manifest_in(const store::Store& store);

// train::cuda_context() when a trial of the plan is still to be trained on a CUDA device, else {}.
Json cuda_context(const exec::Plan& plan);

// Trains a trial from its settings; files that they name are in `folder`.
exec::Train trainer(const std::filesystem::path& folder);

// What is the same for all records that this process writes into `store`; files that settings name are in `folder`.
Json context_of(const store::Store& store, const std::filesystem::path& folder, int jobs);

// The settings of a trial that a record or a plan, `where`, holds. Throws Error(environment) when this release does not
// have one of them, or not such a value.
config::TrialSpec spec_from(const Json& settings, const std::string& where);

// The same for a trial that is about to be trained or evaluated; files that the settings name are in `folder`. Throws
// Error(environment) also when such a file is not there, or the settings don't go together (train::check).
config::TrialSpec checked_spec(const Json& settings, const std::string& where, const std::filesystem::path& folder);

// The checked settings of the record at `path`, which says where the files are that they name.
config::TrialSpec recorded_spec(const store::Record& record, const std::string& path);

// The same, on the CPU if it was trained on a CUDA device and this machine has none.
config::TrialSpec spec_of(const store::Record& record, const std::string& path);

train::Weights read_weights(const std::filesystem::path& file);

// The file that the norm's settings name; empty where they name none.
std::filesystem::path norm_file(const config::TrialSpec& spec);

// The files that a command on one trial reads: `named` by the user, and those of the data, the weights and the
// settings.
std::vector<std::filesystem::path> inputs_of(const config::TrialSpec& spec, const data::Dataset& data,
                                             const train::Weights& weights, std::vector<std::filesystem::path> named);

// The weights from the file `option`, or from where `bnexp run --weights` keeps those of the record at `path`.
train::Weights weights_of(const store::Record& record, const std::string& path, const std::string& option);

}  // namespace bnexp::cli
