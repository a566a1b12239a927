#include "bench/ways.h"

#include <utility>
#include <vector>

#include "base/error.h"
#include "model/model.h"
#include "norm/fused.h"
#include "norm/norm.h"

namespace bnexp::bench {
namespace {

using Backward = std::function<std::vector<torch::Tensor>(const torch::Tensor&, const torch::Tensor&)>;

std::shared_ptr<norm::Norm> make_norm(const Case& what) {
  const norm::Slot slot{"norm", what.shape[1], {what.shape.begin() + 2, what.shape.end()}, what.activation};
  auto norm = norm::make(what.norm, slot);
  std::vector<std::int64_t> before(what.shape.size(), 1);  // weights of a layer in front of the norm
  before[0] = what.shape[1];
  before[1] = 16;
  norm->begin(torch::randn(before));
  norm->train(what.trains());
  return norm;
}

torch::Tensor finished(const Case& what, const std::string& activation, const torch::Tensor& y) {
  const torch::Tensor activated = model::activate(activation, y);
  return (what.pool ? torch::max_pool2d(activated, 2) : activated).to(scalar_type(what.type));
}

// "" when `action` works, else its error message.
std::string problem_of(const std::function<void()>& action) {
  try {
    action();
    return "";
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    return text.substr(0, text.find('\n'));
  } catch (const Error& error) {
    return error.what();
  }
}

void run_once(const Way& way, const Case& what, const torch::Tensor& x) {
  const torch::AutoGradMode with_graph(what.trains());
  const torch::Tensor y = way.forward(x);
  if (what.trains()) way.backward(y, torch::ones_like(y));
}

Backward by_autograd(const norm::Norm& norm, const torch::Tensor& x) {
  std::vector<torch::Tensor> inputs{x};
  for (const auto& parameter : norm.parameters()) inputs.push_back(parameter);
  return [inputs](const torch::Tensor& y, const torch::Tensor& gy) {
    return torch::autograd::grad({y}, inputs, {gy}, /*retain_graph=*/std::nullopt, /*create_graph=*/false,
                                 /*allow_unused=*/true);
  };
}

Way fused_way(const Case& what, const std::shared_ptr<norm::Norm>& norm, const std::string& activation,
              const torch::Tensor& x) {
  if (!what.trains() || what.shape.size() > 2) {
    return {"fused", [=](const torch::Tensor& in) { return *norm::fused(norm.get(), activation, what.pool, in); },
            by_autograd(*norm, x)};
  }
  const auto tape = std::make_shared<norm::Tape>();
  return {"fused",
          [=](const torch::Tensor& in) {
            const torch::NoGradGuard no_grad;
            tape->record();
            return *norm::fused(norm.get(), activation, what.pool, in, nullptr, tape.get());
          },
          [=](const torch::Tensor&, const torch::Tensor& gy) { return tape->backward(gy); }};
}

void find_ways(const Case& what, const torch::Tensor& x, Ways& ways) {
  const auto add = [&](Way way) {
    const std::string problem = problem_of([&] { run_once(way, what, x); });
    if (problem.empty()) {
      ways.all.push_back(std::move(way));
    } else {
      ways.failed[way.name] = problem;
    }
  };
  const bool is_done = make_norm(what)->replaces_activation();
  const std::string activation = is_done ? "" : what.activation;

  const auto own = make_norm(what);
  bool fits = false;
  {
    const torch::AutoGradMode with_graph(what.trains());
    fits = norm::fused(own.get(), activation, what.pool, x).has_value();
  }
  if (fits) {
    add(fused_way(what, own, activation, x));
  } else {
    ways.absent["fused"] = "no kernel fits";
  }

  const auto composed = make_norm(what);
  add({"composed",
       [=](const torch::Tensor& in) { return finished(what, activation, composed->forward(in.to(torch::kFloat))); },
       by_autograd(*composed, x)});

  using TorchForm = norm::Norm::TorchForm;
  const auto other = make_norm(what);
  if (other->torch_form() == TorchForm::none) {
    ways.absent["torch"] = "LibTorch has no such operation";
  } else if (other->torch_form() == TorchForm::forward && what.type == "fp32") {
    ways.composed_is_torch = true;
    ways.absent["torch"] = "composed is LibTorch's own operation";
  } else {
    add({"torch", [=](const torch::Tensor& in) { return finished(what, activation, other->torch_forward(in)); },
         by_autograd(*other, x)});
  }
}

}  // namespace

torch::ScalarType scalar_type(const std::string& type) { return type == "bf16" ? torch::kBFloat16 : torch::kFloat; }

Ways ways_of(const Case& what, const torch::Tensor& x) {
  Ways ways;
  const std::string problem = problem_of([&] { find_ways(what, x, ways); });
  if (!problem.empty()) ways.failed["composed"] = problem;
  return ways;
}

}  // namespace bnexp::bench
