// A safetensors file: what is read can be written, and reads back as the same.
#include "base/safetensors.h"

#include <algorithm>

#include "base/error.h"
#include "fuzz/input_file.h"

namespace {

bool same(const bnexp::safetensors::Tensor& a, const bnexp::safetensors::Tensor& b) {
  return a.name == b.name && a.dtype == b.dtype && a.shape == b.shape && a.data == b.data;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bnexp;
  safetensors::File file;
  try {
    file = safetensors::read(fuzz::text_of(data, size), "the input");
  } catch (const Error&) {  // what a user reads
    return 0;
  }
  const std::string bytes = safetensors::write(file.tensors, file.metadata);
  safetensors::File again = safetensors::read(bytes, "what was written");
  std::ranges::sort(again.tensors, {}, &safetensors::Tensor::name);
  std::ranges::sort(file.tensors, {}, &safetensors::Tensor::name);
  if (!std::ranges::equal(file.tensors, again.tensors, same) || file.metadata != again.metadata) __builtin_trap();
  return 0;
}
