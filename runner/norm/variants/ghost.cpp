// Ghost batch normalization: each chunk of `group` samples is normalized by its own statistics, as if it were the
// batch; gamma, beta and the running statistics are shared. A step updates the running statistics once, with the mean
// over chunks of the chunks' means and unbiased variances, so that `momentum` has the same meaning as for `batch`. The
// last chunk may be smaller. Evaluation is that of `batch`.
#include "norm/batch_statistics.h"

namespace bnexp::norm {
namespace {

struct GhostOptions : BatchOptions {
  std::int64_t group = 16;

  void fields(config::Fields& f) {
    f.integer("group", group, config::at_least(1), "samples that are normalized together");
    BatchOptions::fields(f);
  }

  std::string refuses(const Slot& slot) const {
    if (group > 1 || slot.values_per_channel() > 1) return "";
    return "group 1 leaves one value per channel in " + slot.name + ", which has no positions";
  }
};

class Ghost final : public BatchStatisticsNorm {
 public:
  Ghost(const GhostOptions& options, const Slot& slot) : BatchStatisticsNorm(options, slot), group_(options.group) {}

  torch::Tensor forward(const torch::Tensor& x) override {
    if (!uses_batch()) return evaluated(x);
    std::vector<torch::Tensor> chunks;
    torch::Tensor mean = torch::zeros({x.size(1)}, x.options());
    torch::Tensor var = torch::zeros({x.size(1)}, x.options());
    for (const auto& chunk : x.split(group_)) {
      require_several_values(chunk);
      const Moments own = moments(chunk);
      mean += own.mean();
      var += own.unbiased_var(chunk);
      chunks.push_back(batch_normalized(chunk, own, affine_eps()));
    }
    const auto count = static_cast<double>(chunks.size());
    track(mean / count, var / count);
    return torch::cat(chunks);
  }

 private:
  std::int64_t group_;
};

BNEXP_NORM(ghost, Ghost, GhostOptions,
           {.summary = "Batch normalization over chunks of the batch; the chunk size is independent of the batch size.",
            .formula = "y = gamma * (x - E[x]) / sqrt(Var[x] + eps) + beta, E and Var over (group, spatial)",
            .source = "Hoffer, Hubara & Soudry 2017, arXiv:1705.08741",
            .semantics = 1});

}  // namespace
}  // namespace bnexp::norm
