#include "model/layers.h"

namespace bnexp::model {

void Layer::register_parameters(const std::vector<std::int64_t>& shape, bool with_bias) {
  weight = register_parameter("weight", torch::empty(shape));
  if (with_bias) bias = register_parameter("bias", torch::empty({shape.front()}));
}

Conv2d::Conv2d(const Conv2dOptions& options, bool with_bias) : options_(options) {
  register_parameters({options.out, options.in, options.size, options.size}, with_bias);
}

Linear::Linear(std::int64_t in, std::int64_t out, bool with_bias) { register_parameters({out, in}, with_bias); }

}  // namespace bnexp::model
