#include "model/tensor_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "base/error.h"
#include "base/safetensors.h"

namespace bnexp::model {
namespace {

constexpr std::pair<torch::ScalarType, const char*> kTypes[] = {
    {torch::kFloat, "F32"}, {torch::kDouble, "F64"}, {torch::kHalf, "F16"},  {torch::kBFloat16, "BF16"},
    {torch::kLong, "I64"},  {torch::kInt, "I32"},    {torch::kShort, "I16"}, {torch::kChar, "I8"},
    {torch::kByte, "U8"},   {torch::kBool, "BOOL"}};

std::string_view bytes_of(const torch::Tensor& tensor) {
  return {static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes()};
}

}  // namespace

std::string dtype_name(torch::ScalarType type) {
  for (const auto& [known, name] : kTypes) {
    if (known == type) return name;
  }
  throw std::logic_error(fmt::format("no safetensors dtype for {}", torch::toString(type)));
}

std::string write_tensors(const TensorFile& file) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> kept;  // tensors that the entries refer to
  std::vector<safetensors::Tensor> entries;
  for (const auto& [name, tensor] : file.tensors) {
    kept.push_back(tensor.detach().cpu().contiguous());
    entries.push_back({name, dtype_name(tensor.scalar_type()), tensor.sizes().vec(), bytes_of(kept.back())});
  }
  return safetensors::write(entries, file.metadata);
}

TensorFile read_tensors(std::string_view bytes, const std::string& where) {
  const safetensors::File file = safetensors::read(bytes, where);
  TensorFile result{{}, file.metadata};
  for (const auto& entry : file.tensors) {
    const auto* type = std::find_if(std::begin(kTypes), std::end(kTypes),
                                    [&](const auto& known) { return entry.dtype == known.second; });
    if (type == std::end(kTypes)) {
      throw environment_error(
          fmt::format("{}: tensor {} is of type {}, which is not supported", where, entry.name, entry.dtype));
    }
    torch::Tensor values = torch::empty(entry.shape, type->first);
    if (!entry.data.empty()) std::memcpy(values.data_ptr(), entry.data.data(), entry.data.size());
    result.tensors.emplace_back(entry.name, std::move(values));
  }
  return result;
}

}  // namespace bnexp::model
