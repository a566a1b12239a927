// Writes a data set as four IDX files, as MNIST's readers expect them.
#pragma once

#include <filesystem>

#include "data/dataset.h"

namespace bnexp::data {

// Writes train-images-idx3-ubyte and so on into `folder`, which is created if missing. All four are written before the
// first is moved to its place, and old files of these names are moved away then: the folder never looks complete when
// it isn't. Throws Error(environment), and leaves what was there.
void write_idx_files(const Dataset& dataset, const std::filesystem::path& folder);

}  // namespace bnexp::data
