// An activation alone, where its input is given away.
#include <utility>

#include "norm/fused.h"
#include "support/catch.h"

namespace bnexp {
namespace {

// relu(x) without a norm, where x is made from `a` and given away.
torch::Tensor relu_of(torch::Tensor&& x) { return *norm::fused(nullptr, "relu", false, std::move(x)); }

TEST_CASE("an activation alone takes the place of an input that is given away, and of nobody else's") {
  for (const auto type : {torch::kFloat, torch::kBFloat16}) {
    const torch::Tensor a = torch::randn({5, 8, 7, 6}).to(type).requires_grad_();
    const torch::Tensor gy = torch::randn(a.sizes()).to(type);
    const auto gradient = [&](const torch::Tensor& y) { return torch::autograd::grad({y}, {a}, {gy})[0]; };

    torch::Tensor x = a * 2;
    const void* place = x.data_ptr();
    const torch::Tensor y = relu_of(std::move(x));
    CHECK(y.data_ptr() == place);
    CHECK(torch::equal(y, torch::relu(a * 2)));
    CHECK(torch::equal(gradient(y), gradient(torch::relu(a * 2))));

    torch::Tensor viewed = a * 2;
    const torch::Tensor view = viewed.detach().flatten();
    const torch::Tensor before = view.clone();
    CHECK(torch::equal(relu_of(std::move(viewed)), y));
    CHECK(torch::equal(view, before));

    // tanh's backward needs what tanh has put out.
    CHECK(torch::equal(gradient(relu_of(torch::tanh(a))), gradient(torch::relu(torch::tanh(a)))));

    // The gradient of a sum is the same tensor for both of its terms.
    const torch::Tensor expected = gradient(torch::relu(a * 2) + torch::relu(a * -3));
    CHECK(torch::equal(gradient(relu_of(a * 2) + relu_of(a * -3)), expected));
    CHECK(torch::equal(gradient(relu_of(a * 2) + a * 2), gradient(torch::relu(a * 2) + a * 2)));
  }
}

}  // namespace
}  // namespace bnexp
