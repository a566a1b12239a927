// What subcommands on one trial have in common: its record, its data, its weights.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "data/dataset.h"
#include "store/record.h"
#include "train/trained.h"

namespace bnexp::cli {

// Throws Error(environment) when `path` is no record.
store::Record read_record(const std::string& path);

// The data that the record at `path` was made with; throws Error(environment) when what is here differs.
std::shared_ptr<data::Dataset> data_of(const store::Record& record, const std::string& path,
                                       const std::string& data_folder);

// The settings of a record, on a device of this machine.
config::TrialSpec spec_of(const store::Record& record);

train::Weights read_weights(const std::filesystem::path& file);

// From `option`, a file, or where `bnexp run --weights` keeps those of the record at `path`.
train::Weights weights_of(const store::Record& record, const std::string& path, const std::string& option);

}  // namespace bnexp::cli
