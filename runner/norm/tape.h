// What forwards leave for their backward, as nodes of LibTorch's graph or, where one follows the other, on a tape that
// is played without it.
#pragma once

#include <torch/csrc/autograd/functions/utils.h>
#include <torch/torch.h>

#include <memory>
#include <utility>
#include <vector>

namespace bnexp::norm {

class Link {
 public:
  virtual ~Link() = default;
  // Gradients of what the forward was given, in its order, the first only if `wants_first`. With `is_last` no backward
  // will follow, and what is held can be written over.
  virtual torch::autograd::variable_list backward(torch::Tensor gy, bool wants_first, bool is_last) = 0;
  // Lets go of all that only a backward needs.
  virtual void release() = 0;
};

// The links of a network that is nothing but one after the other, each the only reader of what the one before puts out:
// played from the last to the first they make the gradients that autograd makes, bit for bit, for less work a step.
class Tape {
 public:
  // A forward that builds a graph is looked at: is the network such a chain?
  void watch();
  // A forward without a graph, of a network known to be one, leaves its links here.
  void record();
  // The forward is over. Whether what was watched is a chain that ends with `output`. Throws std::logic_error when what
  // was recorded isn't what was watched.
  bool stop(const torch::Tensor& output);

  bool is_recording() const { return mode_ == Mode::record; }
  void add(std::unique_ptr<Link> link) { links_.push_back(std::move(link)); }
  void saw(const torch::Tensor& input, const torch::Tensor& output);
  // Something runs that leaves no link, even if it should put out what it got.
  void breaks() { is_chain_ = false; }

  // From the gradient of what the recorded forward has put out. Parameters' gradients go to their sinks; returned is
  // what the first link makes, the gradients of parameters without a sink among it.
  torch::autograd::variable_list backward(torch::Tensor gradient);

 private:
  enum class Mode { off, watch, record };
  Mode mode_ = Mode::off;
  bool is_chain_ = false;
  std::size_t length_ = 0;  // links that were watched
  torch::Tensor last_;      // that was put out; held, so that nothing else takes its place in memory
  std::vector<std::unique_ptr<Link>> links_;
};

// Whether something is to be left for a backward: a tape records, or a graph is being built and one of these belongs to
// it.
template <class... Inputs>
bool wants_backward(const Tape* tape, const Inputs&... inputs) {
  const auto learns = [](const torch::Tensor& tensor) { return tensor.defined() && tensor.requires_grad(); };
  return (tape != nullptr && tape->is_recording()) || (torch::GradMode::is_enabled() && (learns(inputs) || ...));
}

// Makes `output` the result of a node with this link that `inputs` lead to.
void connect(std::unique_ptr<Link> link, torch::Tensor& output, torch::autograd::edge_list&& inputs);

// Leaves the link of output = f(input, parameters) to a recording tape, or connects it.
template <class... Parameters>
void leave(std::unique_ptr<Link> link, Tape* tape, torch::Tensor& output, const torch::Tensor& input,
           const Parameters&... parameters) {
  if (tape != nullptr && tape->is_recording()) return tape->add(std::move(link));
  connect(std::move(link), output, torch::autograd::collect_next_edges(input, parameters...));
  if (tape != nullptr) tape->saw(input, output);
}

}  // namespace bnexp::norm
