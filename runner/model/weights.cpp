#include "model/weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "base/error.h"
#include "model/tensor_file.h"

namespace bnexp::model {
namespace {

using State = NamedTensors;

// A module's own tensors, then its children's.
void collect(const torch::nn::Module& module, const std::string& prefix, State& state) {
  for (const auto& item : module.named_parameters(/*recurse=*/false))
    state.emplace_back(prefix + item.key(), item.value());
  for (const auto& item : module.named_buffers(/*recurse=*/false))
    state.emplace_back(prefix + item.key(), item.value());
  for (const auto& item : module.named_children()) collect(*item.value(), prefix + item.key() + ".", state);
}

std::string describe(const torch::Tensor& tensor) {
  return fmt::format("{} of shape [{}]", dtype_name(tensor.scalar_type()), fmt::join(tensor.sizes(), ", "));
}

// Prefixes that wrappers add to every name: torch.nn.DataParallel and DistributedDataParallel, torch.compile, Lightning
// and others that keep the network as `model`.
constexpr std::string_view kWrappers[] = {"module.", "_orig_mod.", "model."};

// Removes wrappers' prefixes, if every name has the same one and no wanted name has it.
void strip_wrapper(NamedTensors& tensors, const State& wanted) {
  const auto is_everywhere = [&](std::string_view prefix) {
    return !tensors.empty() &&
           std::ranges::all_of(tensors, [&](const auto& item) { return item.first.starts_with(prefix); }) &&
           std::ranges::none_of(wanted, [&](const auto& item) { return item.first.starts_with(prefix); });
  };
  for (;;) {
    const auto* found = std::ranges::find_if(kWrappers, is_everywhere);
    if (found == std::end(kWrappers)) return;
    for (auto& [name, tensor] : tensors) name.erase(0, found->size());
  }
}

// Checks tensors from the file called `where`.
struct Reading {
  const std::string& where;

  [[noreturn]] void refuse(const std::string& reason) const {
    throw environment_error(fmt::format("{} doesn't fit this network: {}", where, reason),
                            "these are the weights of another model, norm or data set");
  }

  // The values of `given` in `tensor`'s type; refused unless they are finite and this type represents all of them.
  torch::Tensor values_of(const std::string& name, const torch::Tensor& given, const torch::Tensor& tensor) const {
    const bool converts = given.is_floating_point() == tensor.is_floating_point();
    if (!converts || tensor.sizes() != given.sizes()) {
      refuse(fmt::format("{} is {} in the file, expected {}", name, describe(given), describe(tensor)));
    }
    if (!torch::isfinite(given).all().item<bool>()) {
      throw environment_error(fmt::format("{}: {} has values that are not finite", where, name),
                              "the outputs would not be finite either; use the weights of a trial that ended ok");
    }
    if (name.ends_with("running_var") && given.lt(0).any().item<bool>()) {
      throw environment_error(fmt::format("{}: {} has values below 0, and a variance has none", where, name),
                              "the outputs would not be finite; use the weights of a trial that ended ok");
    }
    const torch::Tensor values = given.to(tensor.scalar_type());
    if (!torch::equal(values.to(given.scalar_type()), given)) {
      const std::string needed = dtype_name(tensor.scalar_type());
      throw environment_error(
          fmt::format("{}: {} is {} and has values that {} can't represent", where, name, describe(given), needed),
          fmt::format("convert the file's tensors to {} first", needed));
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

std::string save(const Model& model) { return write_tensors({state(model), {{"format", "pt"}}}); }

void load(Model& model, std::string_view bytes, const std::string& where) {
  const Reading reading{where};
  TensorFile file = read_tensors(bytes, where);
  const State wanted = state(model);
  strip_wrapper(file.tensors, wanted);
  std::map<std::string, torch::Tensor> given(file.tensors.begin(), file.tensors.end());
  std::vector<torch::Tensor> values;
  for (const auto& [name, tensor] : wanted) {
    const auto found = given.find(name);
    if (found == given.end()) {
      reading.refuse(
          file.tensors.empty()
              ? "it is empty"
              : fmt::format("it lacks {}; it has, for example, {}", name,
                            std::ranges::min_element(file.tensors, {}, &NamedTensors::value_type::first)->first));
    }
    values.push_back(reading.values_of(name, found->second, tensor));
    given.erase(found);
  }
  if (!given.empty()) reading.refuse("the network has no " + given.begin()->first);

  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < wanted.size(); ++i) torch::Tensor(wanted[i].second).copy_(values[i]);
}

}  // namespace bnexp::model
