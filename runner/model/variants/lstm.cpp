// An LSTM that reads an image one pixel per step and classifies from its last state. Norms are applied to the
// input-to-hidden and hidden-to-hidden products and to the cell state before the output, but never in the cell's own
// recursion:
//   i, f, g, o = norm_x(W_x x_t) + norm_h(W_h h) + b      in this order, PyTorch's
//   c <- sigmoid(f) c + sigmoid(i) tanh(g),   h <- sigmoid(o) tanh(norm_c(c))
// The norm of the source is recurrent_batch, with statistics per time step; any other norm shares its statistics over
// all steps. Slide 11 shares them too, so evaluation normalizes every step with the statistics of the last few. It also
// starts gamma at 1, has a redundant beta in each of norm_x and norm_h and no forget bias, and starts from h = 0, where
// a batch of equal values has variance 0 and gradients grow by 1 / sqrt(eps).
// The released code of the source starts the candidate's block of W_h as the identity and the others orthogonal;
// `identity` does this too (the paper: all identity). It "permutes" pixels by drawing them with replacement; `permuted`
// here is a permutation, the same for all seeds and trials.
// Observers see only the last step, which the classifier reads.
#include "base/random.h"
#include "model/model.h"

namespace bnexp::model {
namespace {

struct LstmOptions {
  std::int64_t hidden = 100;
  std::string order = "sequential";
  std::int64_t pool = 1;
  std::vector<std::string> norm_at{"input", "hidden", "cell"};
  double forget_bias = 1;
  std::string hidden_init = "identity";
  double initial_noise = 0.1;

  void fields(config::Fields& f) {
    f.integer("hidden", hidden, config::between(1, 4096), "size of the state");
    f.choice("order", order, {"sequential", "permuted"},
             "order of the pixels: row by row, or in one fixed random order");
    f.integer("pool", pool, config::between(1, 14),
              "side of the squares averaged to one pixel; 4 gives 49 steps instead of 784");
    f.choices("norm_at", norm_at, {"input", "hidden", "cell"},
              "what is normalized: W_x x, W_h h, and c for the output");
    f.real("forget_bias", forget_bias, config::any(), "initial bias of the forget gate");
    f.choice("hidden_init", hidden_init, {"identity", "uniform"},
             "initial W_h: candidate identity and gates orthogonal; or U(-1/sqrt(hidden), 1/sqrt(hidden))");
    f.real("initial_noise", initial_noise, config::at_least(0),
           "standard deviation of a sequence's initial state in training; the source uses 0 for permuted pixels");
  }

  std::vector<norm::Slot> slots(const Input& input) const {
    const std::int64_t steps = (input.rows / pool) * (input.columns / pool);
    std::vector<norm::Slot> result;
    for (const auto& place : norm_at) {
      if (place == "input") result.push_back({"norm_x", 4 * hidden, {}, "", /*after_layer=*/true, steps});
      if (place == "hidden") result.push_back({"norm_h", 4 * hidden, {}, "", /*after_layer=*/true, steps});
      if (place == "cell") result.push_back({"norm_c", hidden, {}, "tanh", /*after_layer=*/false, steps});
    }
    return result;
  }
};

// An orthogonal matrix, uniformly distributed: QR of normal values, which are computed from the layer's uniform ones by
// the inverse transform.
torch::Tensor orthogonal(const torch::Tensor& uniform, double bound) {
  const torch::Tensor u = (uniform.to(torch::kDouble) / bound).clamp(-1 + 1e-7, 1 - 1e-7);
  const auto [q, r] = torch::linalg_qr(torch::special_erfinv(u));
  return q * r.diagonal().sign();
}

class Lstm final : public Model {
 public:
  Lstm(const LstmOptions& options, const Input& input, const config::Variant& norm) : options_(options) {
    add_norms(options.slots(input), norm);
    const std::int64_t hidden = options.hidden;
    bound_ = 1 / std::sqrt(static_cast<double>(hidden));
    wx_ = add_linear("wx", input.channels, 4 * hidden, "norm_x", /*with_bias=*/false);
    wx_->bound = bound_ * std::sqrt(static_cast<double>(input.channels));
    wh_ = add_linear("wh", hidden, 4 * hidden, "norm_h", /*with_bias=*/false);
    bias_ = add_parameter("bias", torch::zeros({4 * hidden}));
    fc_ = add_linear("fc", hidden, input.classes);
    if (options.order == "permuted") {
      const auto count = static_cast<std::uint32_t>((input.rows / options.pool) * (input.columns / options.pool));
      const auto order = Random(0, "permutation").permutation(count);
      permutation_ = torch::tensor(std::vector<std::int64_t>(order.begin(), order.end()));
    }
  }

  void adjust_initial() override {
    bias_.zero_();
    bias_.narrow(0, options_.hidden, options_.hidden).fill_(options_.forget_bias);
    if (options_.hidden_init == "uniform") return;
    auto gates = wh_->weight.chunk(4);
    for (const int gate : {0, 1, 3}) gates[gate].copy_(orthogonal(gates[gate], bound_));
    gates[2].copy_(torch::eye(options_.hidden));
  }

  torch::Tensor forward(const torch::Tensor& images) override {
    const torch::Tensor pixels = sequence(images);
    const std::int64_t last = pixels.size(0) - 1;
    // One product for all steps. unbind, because its gradient is one tensor; indexing would make one per step.
    std::vector<torch::Tensor> inputs = through(*wx_, pixels.narrow(0, 0, last), /*seen=*/false).unbind(0);
    inputs.push_back(through(*wx_, pixels[last]));
    torch::Tensor c = torch::zeros({images.size(0), options_.hidden}, images.options());
    torch::Tensor h = initial(c);
    for (std::int64_t t = 0; t <= last; ++t) {
      const bool seen = t == last;
      const torch::Tensor recurrent = through(*wh_, h, seen);
      const auto gates =
          (normalize_at("norm_x", t, seen, inputs[t]) + normalize_at("norm_h", t, seen, recurrent) + bias_).chunk(4, 1);
      c = torch::sigmoid(gates[1]) * c + torch::sigmoid(gates[0]) * torch::tanh(gates[2]);
      h = torch::sigmoid(gates[3]) * torch::tanh(normalize_at("norm_c", t, seen, c));
    }
    return through(*fc_, h);
  }

 private:
  // (N, channels, rows, columns) to (steps, N, channels).
  torch::Tensor sequence(const torch::Tensor& images) {
    torch::Tensor x = options_.pool == 1 ? images : torch::avg_pool2d(images, options_.pool);
    x = x.flatten(2);
    if (permutation_.defined()) {
      permutation_ = permutation_.to(x.device());
      x = x.index_select(2, permutation_);
    }
    return x.permute({2, 0, 1}).contiguous();
  }

  torch::Tensor initial(const torch::Tensor& zero) {
    if (!is_training() || options_.initial_noise == 0) return zero;
    // Drawn in fp32: the generator's numbers in double are others.
    return torch::empty(zero.sizes(), torch::kFloat).normal_(0, options_.initial_noise, generator()).to(zero.options());
  }

  torch::Tensor normalize_at(const std::string& slot, std::int64_t t, bool seen, const torch::Tensor& x) const {
    if (norm::Norm* norm = find_norm(slot)) norm->at_step(t);
    return normalize(slot, x, seen);
  }

  LstmOptions options_;
  double bound_;
  std::shared_ptr<Linear> wx_;
  std::shared_ptr<Linear> wh_;
  std::shared_ptr<Linear> fc_;
  torch::Tensor bias_;
  torch::Tensor permutation_;
};

BNEXP_MODEL(
    lstm, Lstm, LstmOptions,
    {.summary =
         "An LSTM over the pixels, with norms on the input-to-hidden and hidden-to-hidden products and on the cell.",
     .formula = "gates = norm_x(W_x x) + norm_h(W_h h) + b; c <- f c + i g; h = o tanh(norm_c(c)); fc",
     .source = "slide 11; Cooijmans et al. 2017, arXiv:1603.09025"});

}  // namespace
}  // namespace bnexp::model
