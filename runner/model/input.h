// The input of a model. Free of LibTorch.
#pragma once

#include <cstdint>

namespace bnexp::model {

struct Input {
  std::int64_t channels = 1;
  std::int64_t rows = 28;
  std::int64_t columns = 28;
  std::int64_t classes = 10;
};

}  // namespace bnexp::model
