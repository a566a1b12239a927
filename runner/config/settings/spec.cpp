#include "config/settings/spec.h"

namespace bnexp::config {

void TrainSpec::fields(Fields& f) {
  f.optional_integer("epochs", epochs, between(1, 1e6),
                     "budget: passes over the training images; null when steps is the budget");
  f.optional_integer("steps", steps, between(0, 1e9),
                     "budget: optimizer steps; 0 only evaluates; null when epochs is the budget");
  f.integer("batch_size", batch_size, between(1, 1e6), "images per optimizer step");
  f.boolean("drop_last", drop_last, "drop an epoch's last batch when it is smaller than batch_size");
  f.variant("optimizer", optimizer, "optimizer", "how gradients update weights");
  f.variant("schedule", schedule, "schedule", "how the learning rate changes over the budget");
  f.real("label_smoothing", label_smoothing, from_to_below(0, 1),
         "share of the target probability spread evenly over all classes");
  f.optional_real("clip_grad_norm", clip_grad_norm, above(0),
                  "largest total L2 norm of the gradients; larger gradients are scaled down; null: no clipping");
  f.optional_integer("log_every", log_every, between(1, 1e9),
                     "optimizer steps between two entries of the history; null: one entry per epoch");
  f.introduced(nullptr).optional_integer("evaluation_batch_size", evaluation_batch_size, between(1, 1e6),
                                         "images per batch of an evaluation; null: 64 on a CPU, 1000 on a GPU");
  f.check(epochs.has_value() != steps.has_value(), "epochs", "train needs a budget: either epochs or steps",
          "give one of them a number and leave the other out");
}

void ExecutionSpec::fields(Fields& f) {
  f.boolean("fused", fused,
            "fuse a norm with its activation and pooling into one kernel per direction, if there is one; changes last "
            "bits only");
}

void TrialSpec::fields(Fields& f) {
  f.variant("model", model, "model", "the network that is trained");
  f.variant("norm", norm, "norm", "the norm in every norm slot of the model");
  f.variant("data", data, "dataset", "the images for training and testing");
  f.group("train", train, "how a trial is trained");
  f.variants("probes", probes, "probe", "what is measured besides loss and accuracy");
  f.choice("precision", precision, {"fp32", "bf16"},
           "data type of convolutions and matrix products; with bf16, norms, loss, weights and optimizer stay in fp32");
  f.group("execution", execution, "how operations are executed");
  f.choice("device", device, {"cpu", "cuda", "auto"},
           "where tensors are stored and computed; auto: cuda if available, else cpu");
  f.integer("seed", seed, at_least(0), "decides initial weights, the order of batches and every other random draw");
}

}  // namespace bnexp::config
