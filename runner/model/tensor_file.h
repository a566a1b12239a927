// Named tensors as the bytes of a safetensors file.
#pragma once

#include <torch/torch.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bnexp::model {

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

struct TensorFile {
  NamedTensors tensors;                         // on the CPU
  std::map<std::string, std::string> metadata;  // texts by name
};

// safetensors' name of a type: "F32", "BF16", "I64".
std::string dtype_name(torch::ScalarType type);

std::string write_tensors(const TensorFile& file);

// Throws Error(environment) naming `where` when these are not the bytes of such a file.
TensorFile read_tensors(std::string_view bytes, const std::string& where);

}  // namespace bnexp::model
