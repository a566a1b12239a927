#include "norm/tape.h"

#include <stdexcept>
#include <type_traits>

namespace bnexp::norm {
namespace {

using torch::autograd::variable_list;

struct StepNode final : torch::autograd::Node {
  std::unique_ptr<BackwardStep> step;
  bool is_last = false;

  variable_list apply(variable_list&& gradients) override {
    if (!gradients[0].defined()) return variable_list(num_outputs());
    return step->backward(std::move(gradients[0]), task_should_compute_output(0), is_last);
  }
  void will_release_variables() override { is_last = true; }
  void release_variables() override { step->release(); }
};

// Makes a Kind for the pointer type that set_history takes, which depends on the version of LibTorch.
template <class Kind>
auto make_node() {
  if constexpr (std::is_base_of_v<c10::intrusive_ptr_target, Kind>) {
    return c10::make_intrusive<Kind>();
  } else {
    return std::shared_ptr<Kind>(new Kind, [](Kind* node) { deleteNode(node); });
  }
}

// Whether b is a, possibly in another shape.
bool is_same_memory(const torch::Tensor& a, const torch::Tensor& b) {
  return a.const_data_ptr() == b.const_data_ptr() && a.numel() == b.numel() && a.is_contiguous() && b.is_contiguous();
}

}  // namespace

void connect(std::unique_ptr<BackwardStep> step, torch::Tensor& output, torch::autograd::edge_list&& inputs) {
  const auto node = make_node<StepNode>();
  node->step = std::move(step);
  node->set_next_edges(std::move(inputs));
  torch::autograd::set_history(output, node);
}

void Tape::trace() {
  mode_ = Mode::trace;
  is_chain_ = true;
  length_ = 0;
  last_.reset();
}

void Tape::record() {
  mode_ = Mode::record;
  is_chain_ = true;
  steps_.clear();
}

bool Tape::stop(const torch::Tensor& output) {
  const Mode mode = std::exchange(mode_, Mode::off);
  const torch::Tensor last = std::exchange(last_, {});
  if (mode == Mode::record && (!is_chain_ || steps_.size() != length_)) {
    throw std::logic_error("a chain of layers changed during training");
  }
  return mode == Mode::trace && is_chain_ && last.defined() && is_same_memory(last, output);
}

void Tape::note(const torch::Tensor& input, const torch::Tensor& output) {
  if (mode_ != Mode::trace) return;
  is_chain_ = is_chain_ && (last_.defined() ? is_same_memory(last_, input) : !input.requires_grad());
  last_ = output;
  ++length_;
}

variable_list Tape::backward(torch::Tensor gradient) {
  const torch::NoGradGuard no_grad;
  variable_list gradients{std::move(gradient)};
  while (!steps_.empty()) {
    const std::unique_ptr<BackwardStep> step = std::move(steps_.back());
    steps_.pop_back();
    gradients = step->backward(std::move(gradients[0]), /*wants_first=*/!steps_.empty(), /*is_last=*/true);
  }
  return gradients;
}

}  // namespace bnexp::norm
