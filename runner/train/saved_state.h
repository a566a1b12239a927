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

  // The tensor `name`. Throws Error(environment) when it is missing or has another shape or type.
  const torch::Tensor& tensor(const std::string& name, at::IntArrayRef shape, torch::ScalarType type) const;
  // Copies it into `target`, whose shape and type it has to have.
  void restore(const std::string& name, const torch::Tensor& target) const;

  // A part's tensors are "<name>/<tensor>", and its JSON is values[name]. part() throws Error(environment) when there
  // is no such part.
  void add(const std::string& name, const SavedState& part);
  SavedState part(const std::string& name) const;
};

// For load(): throws Error(environment), "the saved training state <what>", unless the values are as save() writes
// them.
void require(bool fits, const std::string& what);
// values[name], a whole number from 0. Throws the same also when it is too large to be added to.
std::int64_t count_in(const Json& values, const char* name);

// The bytes of a safetensors file, with the JSON and a checksum in its metadata. from_bytes throws Error(environment)
// naming `where` when they aren't from to_bytes, or were changed since.
std::string to_bytes(const SavedState& state);
SavedState from_bytes(std::string_view bytes, const std::string& where);

}  // namespace bnexp::train
