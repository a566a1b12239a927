// Stand-ins for variants, without LibTorch, for what is tested about reading, layering and sweeping itself. They have
// some of the real names so that the tests can be read, but promise nothing about the program's own variants: the tests
// in program/ are linked with those.
#include "config/settings/catalog.h"

namespace bnexp::config {
namespace {

struct EpsOptions {
  double eps = 1e-5;
  bool affine = true;
  void fields(Fields& f) {
    f.real("eps", eps, above(0), "added to the variance before the square root");
    f.boolean("affine", affine, "learn gamma (from 1) and beta (from 0)");
  }
};

struct BatchOptions {
  double eps = 1e-5;
  std::optional<double> momentum = 0.1;
  bool affine = true;
  bool track_running_stats = true;
  void fields(Fields& f) {
    f.real("eps", eps, above(0), "added to the variance before the square root");
    f.optional_real("momentum", momentum, between(0, 1),
                    "weight of the new batch in the running statistics; null: plain average over all batches so far");
    f.boolean("affine", affine, "learn gamma (from 1) and beta (from 0) per channel");
    f.boolean("track_running_stats", track_running_stats, "keep running statistics for evaluation");
  }
};

struct GroupOptions {
  std::int64_t groups = 8;
  double eps = 1e-5;
  bool affine = true;
  void fields(Fields& f) {
    f.integer("groups", groups, at_least(1), "number of groups; must divide the channels of every slot");
    f.real("eps", eps, above(0), "added to the variance before the square root");
    f.boolean("affine", affine, "learn gamma (from 1) and beta (from 0) per channel");
  }
};

struct ConvnetOptions {
  std::int64_t conv1 = 32;
  std::int64_t conv2 = 64;
  std::int64_t fc1 = 128;
  std::vector<std::string> norm_after{"conv1", "conv2", "fc1"};
  void fields(Fields& f) {
    f.integer("conv1", conv1, between(1, 4096), "output channels of the first convolution");
    f.integer("conv2", conv2, between(1, 4096), "output channels of the second convolution");
    f.integer("fc1", fc1, between(1, 65536), "outputs of the first linear layer");
    f.choices("norm_after", norm_after, {"conv1", "conv2", "fc1"}, "the layers that a norm follows");
  }
};

struct MlpOptions {
  std::vector<std::int64_t> widths{100, 100, 100};
  std::string activation = "relu";
  void fields(Fields& f) {
    f.integers("widths", widths, between(1, 65536), "outputs of each hidden layer, first to last");
    f.choice("activation", activation, {"relu", "sigmoid", "tanh"}, "follows each hidden layer's norm");
  }
};

struct DataOptions {
  double mean = 0.1307;
  double std = 0.3081;
  std::int64_t validation = 5000;
  void fields(Fields& f) {
    f.real("mean", mean, any(), "subtracted from every pixel after scaling to [0, 1]");
    f.real("std", std, above(0), "divides every pixel after the mean is subtracted");
    f.integer("validation", validation, at_least(0), "images at the end of the training file kept for validation");
  }
};

struct DigitsOptions : DataOptions {
  std::int64_t seed = 1;
  std::int64_t train = 10000;
  std::int64_t test = 2000;
  void fields(Fields& f) {
    f.integer("seed", seed, at_least(0), "seed of the drawing; independent of the trial's seed");
    f.integer("train", train, between(1, 1e6), "images in the training file, validation included");
    f.integer("test", test, between(1, 1e6), "images in the test file");
    DataOptions::fields(f);
  }
};

struct IdxOptions : DataOptions {
  std::string train_images;
  void fields(Fields& f) {
    f.text("train_images", train_images, "IDX file of the training images");
    f.check(!train_images.empty(), "train_images", "'train_images' is required", "name an IDX file, plain or .gz");
    DataOptions::fields(f);
  }
};

struct SgdOptions {
  double lr = 0.01;
  double momentum = 0;
  bool nesterov = false;
  double weight_decay = 0;
  void fields(Fields& f) {
    f.real("lr", lr, above(0), "learning rate before the schedule's factor");
    f.real("momentum", momentum, from_to_below(0, 1), "momentum factor");
    f.boolean("nesterov", nesterov, "use Nesterov momentum");
    f.real("weight_decay", weight_decay, at_least(0), "L2 penalty added to every gradient");
    f.check(!nesterov || momentum > 0, "nesterov", "nesterov needs a momentum above 0",
            "set momentum, for example 0.9");
  }
};

struct RmspropOptions {
  double lr = 0.01;
  double alpha = 0.99;
  double eps = 1e-8;
  double momentum = 0;
  double weight_decay = 0;
  void fields(Fields& f) {
    f.real("lr", lr, above(0), "learning rate before the schedule's factor");
    f.real("alpha", alpha, from_to_below(0, 1), "decay of the mean of squared gradients");
    f.real("eps", eps, above(0), "added to the denominator");
    f.real("momentum", momentum, from_to_below(0, 1), "momentum factor");
    f.real("weight_decay", weight_decay, at_least(0), "L2 penalty");
  }
};

struct AdamOptions {
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;
  void fields(Fields& f) {
    f.real("lr", lr, above(0), "learning rate before the schedule's factor");
    f.real("beta1", beta1, from_to_below(0, 1), "decay of the mean of gradients");
    f.real("beta2", beta2, from_to_below(0, 1), "decay of the mean of squared gradients");
    f.real("eps", eps, above(0), "added to the denominator");
    f.real("weight_decay", weight_decay, at_least(0), "L2 penalty");
  }
};

struct WarmupOptions {
  std::int64_t warmup_steps = 0;
  void fields(Fields& f) { f.integer("warmup_steps", warmup_steps, at_least(0), "steps that rise linearly from 0"); }
};

struct DecayOptions : WarmupOptions {
  double final_factor = 0;
  void fields(Fields& f) {
    WarmupOptions::fields(f);
    f.real("final_factor", final_factor, between(0, 1), "the last step's rate over the first's");
  }
};

struct EveryOptions {
  std::int64_t every = 10;
  void fields(Fields& f) { f.integer("every", every, at_least(1), "steps averaged into one point"); }
};

struct ActivationsOptions : EveryOptions {
  std::int64_t images = 256;
  void fields(Fields& f) {
    EveryOptions::fields(f);
    f.integer("images", images, between(2, 1000), "number of fixed images");
  }
};

struct RunningStatsOptions : EveryOptions {
  std::int64_t law_batch = 32;
  std::int64_t law_steps = 500;
  void fields(Fields& f) {
    EveryOptions::fields(f);
    f.integer("law_batch", law_batch, at_least(2), "values per channel and batch, N in the law");
    f.integer("law_steps", law_steps, at_least(0), "number of batches for the law; 0: skip it");
  }
};

const bool kAdded = [] {
  Catalog& catalog = Catalog::instance();
  const About plain{"A stand-in.", "y = x", ""};
  catalog.add_options<NoOptions>("norm", "none", {"No normalization; layers keep their bias.", "y = x", ""});
  catalog.add_options<BatchOptions>("norm", "batch",
                                    {"Normalizes each channel over the batch and all positions.",
                                     "y = gamma * (x - E[x]) / sqrt(Var[x] + eps) + beta, E and Var over (N, spatial)",
                                     "Ioffe & Szegedy 2015, arXiv:1502.03167"});
  catalog.add_options<GroupOptions>("norm", "group", plain);
  catalog.add_options<EpsOptions>("norm", "layer", plain);
  catalog.add_options<EpsOptions>("norm", "instance", plain);
  catalog.add_options<ConvnetOptions>("model", "convnet", plain);
  catalog.add_options<MlpOptions>("model", "mlp", plain);
  catalog.add_options<DataOptions>("dataset", "mnist", plain);
  catalog.add_options<DigitsOptions>("dataset", "digits", plain);
  catalog.add_options<IdxOptions>("dataset", "idx", plain);
  catalog.add_options<SgdOptions>("optimizer", "sgd", plain);
  catalog.add_options<AdamOptions>("optimizer", "adam", plain);
  catalog.add_options<AdamOptions>("optimizer", "adamw", plain);
  catalog.add_options<RmspropOptions>("optimizer", "rmsprop", plain);
  catalog.add_options<WarmupOptions>("schedule", "constant", plain);
  catalog.add_options<DecayOptions>("schedule", "linear", plain);
  catalog.add_options<DecayOptions>("schedule", "cosine", plain);
  catalog.add_options<WarmupOptions>("schedule", "one_cycle", plain);
  catalog.add_options<ActivationsOptions>("probe", "activations", plain);
  catalog.add_options<EveryOptions>("probe", "loss_curve", plain);
  catalog.add_options<EveryOptions>("probe", "resources", plain);
  catalog.add_options<RunningStatsOptions>("probe", "running_stats", plain);
  return true;
}();

}  // namespace
}  // namespace bnexp::config
