#include "model/layers.h"

namespace bnexp::model {

Conv2d::Conv2d(std::int64_t in, std::int64_t out, std::int64_t size, bool with_bias) {
  weight = register_parameter("weight", torch::empty({out, in, size, size}));
  if (with_bias) bias = register_parameter("bias", torch::empty({out}));
}

Linear::Linear(std::int64_t in, std::int64_t out, bool with_bias) {
  weight = register_parameter("weight", torch::empty({out, in}));
  if (with_bias) bias = register_parameter("bias", torch::empty({out}));
}

}  // namespace bnexp::model
