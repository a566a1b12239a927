// Nodes of the graph that are written by hand.
#pragma once

#include <torch/csrc/autograd/functions/utils.h>
#include <torch/torch.h>

#include <memory>
#include <type_traits>

namespace bnexp::norm {

// A new Kind, derived from torch::autograd::Node, as set_history wants it: LibTorch has counted references to nodes in
// two ways.
template <class Kind>
auto make_node() {
  if constexpr (std::is_base_of_v<c10::intrusive_ptr_target, Kind>) {
    return c10::make_intrusive<Kind>();
  } else {
    return std::shared_ptr<Kind>(new Kind, [](Kind* node) { deleteNode(node); });
  }
}

// Makes `output` the result of a new Kind that `inputs`, in this order, lead to, and returns that node.
template <class Kind, class... Inputs>
auto connect(torch::Tensor& output, const Inputs&... inputs) {
  auto node = make_node<Kind>();
  node->set_next_edges(torch::autograd::collect_next_edges(inputs...));
  torch::autograd::set_history(output, node);
  return node;
}

// Whether a graph is being built and one of these belongs to it.
template <class... Inputs>
bool wants_graph(const Inputs&... inputs) {
  const auto learns = [](const torch::Tensor& tensor) { return tensor.defined() && tensor.requires_grad(); };
  return torch::GradMode::is_enabled() && (learns(inputs) || ...);
}

}  // namespace bnexp::norm
