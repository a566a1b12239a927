// Backward steps of the fused layers: nodes of LibTorch's graph, or entries of a tape that is replayed without the
// graph.
#pragma once

#include <torch/csrc/autograd/functions/utils.h>
#include <torch/torch.h>

#include <memory>
#include <utility>
#include <vector>

namespace bnexp::norm {

class BackwardStep {
 public:
  virtual ~BackwardStep() = default;
  // The gradients of the forward's inputs, in order; the first only if `wants_first`. With `is_last`, no other backward
  // follows, and the tensors of the step may be overwritten.
  virtual torch::autograd::variable_list backward(torch::Tensor gy, bool wants_first, bool is_last) = 0;
  // Frees the tensors that only backward needs.
  virtual void release() = 0;
};

// A recorded chain of backward steps. Valid only if each layer's output feeds exactly the next layer; replayed in
// reverse it gives autograd's gradients bit for bit, without autograd's overhead.
class Tape {
 public:
  // Call before a forward with autograd's graph: finds out whether the network is such a chain.
  void trace();
  // Call before a forward without the graph, if the network is a chain: records its steps.
  void record();
  // Call after the forward. Returns whether the traced network is a chain that ends with `output`. Throws
  // std::logic_error when the numbers of recorded and traced steps differ.
  bool stop(const torch::Tensor& output);

  bool is_recording() const { return mode_ == Mode::record; }
  void add(std::unique_ptr<BackwardStep> step) { steps_.push_back(std::move(step)); }
  // While tracing: registers a step from input to output.
  void note(const torch::Tensor& input, const torch::Tensor& output);
  // While tracing or recording: reports an operation without a step, so the network is no chain.
  void note_foreign() { is_chain_ = false; }

  // Replays the steps from the gradient of the recorded forward's output. Writes gradients of parameters to their
  // buffers. Returns the gradients of the first step's inputs, and of parameters without a buffer.
  torch::autograd::variable_list backward(torch::Tensor gradient);

 private:
  enum class Mode { off, trace, record };
  Mode mode_ = Mode::off;
  bool is_chain_ = false;
  std::size_t length_ = 0;  // of the traced chain
  torch::Tensor last_;      // the last traced output; held, so that no other tensor gets its memory
  std::vector<std::unique_ptr<BackwardStep>> steps_;
};

// Whether a forward needs a backward step: if a tape records, or if autograd builds a graph and an input is part of it.
template <class... Inputs>
bool wants_backward(const Tape* tape, const Inputs&... inputs) {
  const auto learns = [](const torch::Tensor& tensor) { return tensor.defined() && tensor.requires_grad(); };
  return (tape != nullptr && tape->is_recording()) || (torch::GradMode::is_enabled() && (learns(inputs) || ...));
}

// Makes `output` the result of a graph node with this step and inputs.
void connect(std::unique_ptr<BackwardStep> step, torch::Tensor& output, torch::autograd::edge_list&& inputs);

// Adds the backward step of output = f(input, parameters) to a recording tape, or else to autograd's graph.
template <class... Parameters>
void register_step(std::unique_ptr<BackwardStep> step, Tape* tape, torch::Tensor& output, const torch::Tensor& input,
                   const Parameters&... parameters) {
  if (tape != nullptr && tape->is_recording()) return tape->add(std::move(step));
  connect(std::move(step), output, torch::autograd::collect_next_edges(input, parameters...));
  if (tape != nullptr) tape->note(input, output);
}

}  // namespace bnexp::norm
