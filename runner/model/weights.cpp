#include "model/weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>
#include <map>
#include <stdexcept>

#include "base/error.h"
#include "base/safetensors.h"

namespace bnexp::model {
namespace {

using State = std::vector<std::pair<std::string, torch::Tensor>>;

constexpr std::pair<torch::ScalarType, const char*> kTypes[] = {
    {torch::kFloat, "F32"}, {torch::kDouble, "F64"}, {torch::kHalf, "F16"},  {torch::kBFloat16, "BF16"},
    {torch::kLong, "I64"},  {torch::kInt, "I32"},    {torch::kShort, "I16"}, {torch::kChar, "I8"},
    {torch::kByte, "U8"},   {torch::kBool, "BOOL"}};

std::string name_of(torch::ScalarType type) {
  for (const auto& [known, name] : kTypes) {
    if (known == type) return name;
  }
  throw std::logic_error(fmt::format("no safetensors dtype for {}", torch::toString(type)));
}

// What a module holds, then what its children do.
void collect(const torch::nn::Module& module, const std::string& prefix, State& state) {
  for (const auto& item : module.named_parameters(/*recurse=*/false))
    state.emplace_back(prefix + item.key(), item.value());
  for (const auto& item : module.named_buffers(/*recurse=*/false))
    state.emplace_back(prefix + item.key(), item.value());
  for (const auto& item : module.named_children()) collect(*item.value(), prefix + item.key() + ".", state);
}

std::string_view bytes_of(const torch::Tensor& tensor) {
  return {static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes()};
}

std::string describe(const std::string& dtype, torch::IntArrayRef shape) {
  return fmt::format("{} of shape [{}]", dtype, fmt::join(shape, ", "));
}

}  // namespace

State state(const Model& model) {
  State result;
  collect(model, "", result);
  return result;
}

std::string save(const Model& model) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> kept;  // what the entries look into
  std::vector<safetensors::Tensor> entries;
  for (const auto& [name, tensor] : state(model)) {
    kept.push_back(tensor.detach().cpu().contiguous());
    entries.push_back({name, name_of(tensor.scalar_type()), tensor.sizes().vec(), bytes_of(kept.back())});
  }
  return safetensors::write(entries, {{"format", "pt"}});
}

void load(Model& model, std::string_view bytes, const std::string& where) {
  const auto refuse = [&](const std::string& reason) {
    throw environment_error(fmt::format("{} doesn't fit this network: {}", where, reason),
                            "these are the weights of another model, norm or data set");
  };
  const safetensors::File file = safetensors::read(bytes, where);
  std::map<std::string, const safetensors::Tensor*> given;
  for (const auto& entry : file.tensors) given[entry.name] = &entry;
  const State wanted = state(model);
  for (const auto& [name, tensor] : wanted) {
    const auto found = given.find(name);
    if (found == given.end()) refuse("it lacks " + name);
    const std::string has = describe(found->second->dtype, found->second->shape);
    const std::string needs = describe(name_of(tensor.scalar_type()), tensor.sizes());
    if (has != needs) refuse(fmt::format("{} is {} in it, and should be {}", name, has, needs));
  }
  for (const auto& [name, tensor] : wanted) given.erase(name);
  if (!given.empty()) refuse("the network has no " + given.begin()->first);

  const torch::NoGradGuard no_grad;
  for (const auto& entry : file.tensors) given[entry.name] = &entry;
  for (const auto& [name, tensor] : wanted) {
    torch::Tensor values = torch::empty(tensor.sizes(), tensor.options().device(torch::kCPU).requires_grad(false));
    const std::string_view data = given.at(name)->data;
    if (!data.empty()) std::memcpy(values.data_ptr(), data.data(), data.size());
    torch::Tensor(tensor).copy_(values);
  }
}

}  // namespace bnexp::model
