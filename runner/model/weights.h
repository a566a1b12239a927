// A model's parameters and buffers as a safetensors file, under the names of PyTorch's state dict.
#pragma once

#include <torch/torch.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/model.h"

namespace bnexp::model {

// Parameters and buffers in the state dict's order: "norm1.weight", "norm1.running_mean", "conv1.weight".
std::vector<std::pair<std::string, torch::Tensor>> state(const Model& model);

// A file's bytes.
std::string save(const Model& model);

// Overwrites the model's state with a file's. Removes a prefix that a wrapper (torch.compile, DataParallel, ...) has
// added to every name, and converts another dtype if the model's represents every value. Throws Error(environment)
// naming `where`, and leaves the model as it was, when the file is damaged, doesn't hold exactly the model's tensors,
// has a value that isn't finite, or a running variance below 0.
void load(Model& model, std::string_view bytes, const std::string& where);

}  // namespace bnexp::model
