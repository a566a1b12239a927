#include "model/weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string_view>

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

// What wrappers put before every name: torch.nn.DataParallel and DistributedDataParallel, torch.compile, Lightning and
// others that keep the network as `model`.
constexpr std::string_view kWrappers[] = {"module.", "_orig_mod.", "model."};

// Takes wrappers' prefixes away, as long as every name has the same one and no wanted name has it.
void strip_wrapper(std::vector<safetensors::Tensor>& tensors, const State& wanted) {
  const auto is_everywhere = [&](std::string_view prefix) {
    return !tensors.empty() &&
           std::ranges::all_of(tensors, [&](const auto& t) { return t.name.starts_with(prefix); }) &&
           std::ranges::none_of(wanted, [&](const auto& item) { return item.first.starts_with(prefix); });
  };
  for (;;) {
    const auto* found = std::ranges::find_if(kWrappers, is_everywhere);
    if (found == std::end(kWrappers)) return;
    for (auto& tensor : tensors) tensor.name.erase(0, found->size());
  }
}

// Checks tensors from the file called `where`.
struct Reading {
  const std::string& where;

  [[noreturn]] void refuse(const std::string& reason) const {
    throw environment_error(fmt::format("{} doesn't fit this network: {}", where, reason),
                            "these are the weights of another model, norm or data set");
  }

  // The entry's values in `tensor`'s type, on the CPU; refused unless they are finite and that type keeps all of them.
  torch::Tensor values_of(const safetensors::Tensor& entry, const torch::Tensor& tensor) const {
    const std::string has = describe(entry.dtype, entry.shape);
    const std::string needs = describe(name_of(tensor.scalar_type()), tensor.sizes());
    const auto* type = std::ranges::find_if(kTypes, [&](const auto& known) { return known.second == entry.dtype; });
    const bool converts = type != std::end(kTypes) && c10::isFloatingType(type->first) == tensor.is_floating_point();
    if (!converts || tensor.sizes() != torch::IntArrayRef(entry.shape)) {
      refuse(fmt::format("{} is {} in it, and should be {}", entry.name, has, needs));
    }
    torch::Tensor given = torch::empty(tensor.sizes(), type->first);
    if (!entry.data.empty()) std::memcpy(given.data_ptr(), entry.data.data(), entry.data.size());
    const torch::Tensor values = given.to(tensor.scalar_type());
    if (!torch::isfinite(given).all().item<bool>()) {
      throw environment_error(fmt::format("{}: {} has values that are not finite", where, entry.name),
                              "a network with such weights computes nothing; name the weights of a run that went well");
    }
    if (!torch::equal(values.to(type->first), given)) {
      throw environment_error(fmt::format("{}: {} is {} and has values that {} can't keep", where, entry.name, has,
                                          name_of(tensor.scalar_type())),
                              fmt::format("convert the file's tensors to {} first", name_of(tensor.scalar_type())));
    }
    return values;
  }
};

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
  const Reading reading{where};
  safetensors::File file = safetensors::read(bytes, where);
  const State wanted = state(model);
  strip_wrapper(file.tensors, wanted);
  std::map<std::string, const safetensors::Tensor*> given;
  for (const auto& entry : file.tensors) given[entry.name] = &entry;
  std::vector<torch::Tensor> values;
  for (const auto& [name, tensor] : wanted) {
    const auto found = given.find(name);
    if (found == given.end()) {
      reading.refuse(file.tensors.empty()
                         ? "it is empty"
                         : fmt::format("it lacks {}; its first tensor is {}", name, file.tensors.front().name));
    }
    values.push_back(reading.values_of(*found->second, tensor));
    given.erase(found);
  }
  if (!given.empty()) reading.refuse("the network has no " + given.begin()->first);

  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < wanted.size(); ++i) torch::Tensor(wanted[i].second).copy_(values[i]);
}

}  // namespace bnexp::model
