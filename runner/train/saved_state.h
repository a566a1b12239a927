// A part of the training state, ready to be written and read: tensors by name, and JSON for the rest.
#pragma once

#include <torch/torch.h>

#include <map>
#include <string>
#include <string_view>

#include "base/json.h"

namespace bnexp::train {

struct SavedState {
  std::map<std::string, torch::Tensor> tensors;
  Json values = Json::object();

  // Copies the tensor `name` into `target`. Throws Error(environment) when it is missing or has another shape or type.
  void restore(const std::string& name, torch::Tensor target) const;

  // A part's tensors are "<name>/<tensor>", and its JSON is values[name]. part() throws Error(environment) when there
  // is no such part.
  void add(const std::string& name, const SavedState& part);
  SavedState part(const std::string& name) const;
};

// The bytes of a safetensors file, with the JSON in its metadata. from_bytes throws Error(environment) naming `where`
// when they aren't from to_bytes.
std::string to_bytes(const SavedState& state);
SavedState from_bytes(std::string_view bytes, const std::string& where);

}  // namespace bnexp::train
