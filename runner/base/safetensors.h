// The safetensors format: tensors by name, as bytes. Free of LibTorch.
//   8 bytes   length of the header, little-endian
//   header    JSON: {name: {"dtype", "shape", "data_offsets": [begin, end]}, "__metadata__": {text: text}}, then spaces
//   data      row-major, little-endian, no byte of it outside a tensor or in two
// https://github.com/huggingface/safetensors
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bnexp::safetensors {

struct Tensor {
  std::string name;
  std::string dtype;                // "F32", "I64", ...
  std::vector<std::int64_t> shape;  // {} for a scalar
  std::string_view data;            // owned by the caller
};

struct File {
  std::vector<Tensor> tensors;  // in the order of their data
  std::map<std::string, std::string> metadata;
};

// The bytes of a file. The header lists the tensors in the given order; the data is laid out so that each is aligned.
std::string write(const std::vector<Tensor>& tensors, const std::map<std::string, std::string>& metadata = {});

// The result refers to `bytes`. Throws Error(environment) naming `where` for a malformed file. Memory use is at most a
// small multiple of the size of `bytes`, whatever the header claims.
File read(std::string_view bytes, const std::string& where);

}  // namespace bnexp::safetensors
