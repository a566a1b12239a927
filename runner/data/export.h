// Writes a data set as the four IDX files that MNIST's readers know.
#pragma once

#include <filesystem>

#include "data/dataset.h"

namespace bnexp::data {

// train-images-idx3-ubyte and so on, into `folder`, which is made when it isn't there. All four are written before the
// first is put in its place, and former ones of these names are removed then: the folder never looks complete when it
// isn't. Throws Error(environment).
void write_idx_files(const Dataset& dataset, const std::filesystem::path& folder);

}  // namespace bnexp::data
