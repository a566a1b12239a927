#include "train/saved_state.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/hash.h"
#include "model/tensor_file.h"
#include "train/state_version.h"

namespace bnexp::train {
namespace {

constexpr const char* kChecksum = "sha256";  // a key of the metadata

Error unfit(const std::string& what) {
  return environment_error("the saved training state " + what, "it belongs to another trial or release of bnexp");
}

// SHA-256 of everything that is saved.
std::string checksum(const std::map<std::string, torch::Tensor>& tensors, const std::string& values) {
  Sha256 hash;
  hash.update(values);
  for (const auto& [name, tensor] : tensors) {
    const torch::Tensor whole = tensor.cpu().contiguous();
    hash.update(name);
    hash.update(whole.const_data_ptr(), whole.nbytes());
  }
  return hash.hex();
}

// Version 1 has no checksum.
bool needs_checksum(const Json& values) { return !values.contains("schema_version") || values["schema_version"] != 1; }

}  // namespace

const torch::Tensor& SavedState::tensor(const std::string& name, at::IntArrayRef shape, torch::ScalarType type) const {
  const auto found = tensors.find(name);
  if (found == tensors.end()) throw unfit("lacks " + name);
  if (found->second.sizes() != shape || found->second.scalar_type() != type) {
    throw unfit(fmt::format("has another shape or type for {}", name));
  }
  return found->second;
}

void SavedState::restore(const std::string& name, const torch::Tensor& target) const {
  const torch::NoGradGuard no_grad;
  target.copy_(tensor(name, target.sizes(), target.scalar_type()));
}

void SavedState::add(const std::string& name, const SavedState& part) {
  for (const auto& [key, tensor] : part.tensors) tensors[name + "/" + key] = tensor;
  values[name] = part.values;
}

SavedState SavedState::part(const std::string& name) const {
  if (!values.contains(name)) throw unfit("lacks " + name);
  SavedState result;
  result.values = values.at(name);
  const std::string prefix = name + "/";
  for (auto item = tensors.lower_bound(prefix); item != tensors.end() && item->first.starts_with(prefix); ++item) {
    result.tensors.emplace(item->first.substr(prefix.size()), item->second);
  }
  return result;
}

void require(bool fits, const std::string& what) {
  if (!fits) throw unfit(what);
}

std::int64_t count_in(const Json& values, const char* name) {
  constexpr std::int64_t kMost = 1'000'000'000'000'000;
  const Json& value = values.at(name);
  require(value.is_number_unsigned() && value <= kMost,
          fmt::format("has {} for {}, which is a whole number", to_line(value), name));
  return value;
}

std::string to_bytes(const SavedState& state) {
  const std::string values = state.values.dump();
  return model::write_tensors({{state.tensors.begin(), state.tensors.end()},
                               {{kStateKey, values}, {kChecksum, checksum(state.tensors, values)}}});
}

SavedState from_bytes(std::string_view bytes, const std::string& where) {
  auto file = model::read_tensors(bytes, where);
  const auto text = file.metadata.find(kStateKey);
  const auto values = text == file.metadata.end() ? std::nullopt : parse_json(text->second);
  if (!values || !values->is_object()) {
    throw environment_error(where + " is not a saved training state", "train the trial from its start");
  }
  SavedState state{{file.tensors.begin(), file.tensors.end()}, *values};
  const auto sum = file.metadata.find(kChecksum);
  const bool is_right =
      sum == file.metadata.end() ? !needs_checksum(*values) : sum->second == checksum(state.tensors, text->second);
  if (!is_right) {
    throw environment_error(where + " is damaged: its checksum is wrong", "train the trial from its start");
  }
  return state;
}

}  // namespace bnexp::train
