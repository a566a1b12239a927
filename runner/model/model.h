// A network with norm slots, and the registry of models. A model takes any norm and names none.
//
// To add an architecture, write one file in variants/: its options with `slots`, its module, one BNEXP_MODEL line.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "config/settings/catalog.h"
#include "model/input.h"
#include "model/layers.h"
#include "norm/gradient_buffers.h"
#include "norm/norm.h"
#include "norm/tape.h"

namespace bnexp::model {

// Receives a model's tensors as they are computed. It must not change them.
class Observer {
 public:
  virtual ~Observer() = default;
  // The input and output of a norm slot.
  virtual void on_norm(const norm::Slot& slot, const torch::Tensor& before, const torch::Tensor& after) = 0;
  // The output of a layer with weights.
  virtual void on_layer(const std::string& name, const torch::Tensor& output) = 0;
};

class Model;

// Registers an observer until the end of the scope, also when a forward throws. Scopes may nest: only the inner
// observer is called in the inner scope.
class ScopedObserver {
 public:
  ScopedObserver(Model& model, Observer& observer);
  ~ScopedObserver();
  ScopedObserver(const ScopedObserver&) = delete;
  ScopedObserver& operator=(const ScopedObserver&) = delete;

 private:
  Model& model_;
  Observer* outer_;
};

// Dropout, for models with hidden layers: each value is zeroed with probability `dropout` while training, the others
// are divided by 1 - dropout (Srivastava et al. 2014).
struct DropoutOptions {
  double dropout = 0;
  std::string dropout_at = "after_norm";

  void fields(config::Fields& f) {
    f.real("dropout", dropout, config::from_to_below(0, 1), "probability that a value is dropped in training");
    f.choice("dropout_at", dropout_at, {"before_norm", "after_norm", "before_classifier"},
             "before each norm; after each norm and its activation; or once, before the last layer");
  }
};

// How a model executes; what it computes stays the same.
struct Execution {
  bool fused = false;                          // fused kernels for a norm with its activation and pooling, if one fits
  torch::ScalarType products = torch::kFloat;  // what convolutions and matrix products compute in, or kBFloat16
  // Where fused backwards write the gradients of parameters, and what may record forwards. Both must outlive their use.
  const norm::GradientBuffers* gradient_buffers = nullptr;
  norm::Tape* tape = nullptr;
};

class Model : public torch::nn::Module {
 public:
  // (N, channels, rows, columns) to logits (N, classes).
  virtual torch::Tensor forward(const torch::Tensor& images) = 0;

  // By default every operation is LibTorch's own, in the parameters' type.
  void execute(const Execution& execution);

  bool is_observed() const { return observer_ != nullptr; }

  struct NormSlot {
    norm::Slot slot;
    std::shared_ptr<norm::Norm> norm;
    std::shared_ptr<Layer> layer;  // whose output alone the slot gets, or null
  };
  const std::vector<NormSlot>& norm_slots() const { return norm_slots_; }
  const std::vector<std::shared_ptr<Layer>>& layers() const { return layers_; }

  // Replaces the norm of a slot.
  void replace_norm(const std::string& slot, const std::shared_ptr<norm::Norm>& norm);

  // The generators of training: dropout's and each norm's.
  std::vector<at::Generator> generators() const;

  // Called by `initialize` after the weights are drawn, for schemes that change some (Fixup, zero gamma).
  virtual void adjust_initial() {}

 protected:
  // All paths are dotted names in the state dict, "blocks.0.conv1". Norms must be added first: layers check which of
  // them exist.
  void add_norms(const std::vector<norm::Slot>& slots, const config::Variant& norm);
  // A layer whose output goes only to the slot, if that slot exists. Its bias is left out if the norm there replaces
  // it, or if `with_bias` is false.
  std::shared_ptr<Conv2d> add_conv(const std::string& path, const Conv2dOptions& options, const std::string& slot = "",
                                   bool with_bias = true);
  std::shared_ptr<Linear> add_linear(const std::string& path, std::int64_t in, std::int64_t out,
                                     const std::string& slot = "", bool with_bias = true);
  torch::Tensor add_parameter(const std::string& path, const torch::Tensor& initial);
  void set_dropout(const DropoutOptions& options) { dropout_ = options; }
  norm::Norm* find_norm(const std::string& slot) const;  // null when there is no such slot

  enum class Pool { none, max2 };  // max2: the maximum of each 2 x 2 window

  // Applies a layer; the observer gets its output if `seen`.
  torch::Tensor through(const Layer& layer, const torch::Tensor& x, bool seen = true) const;
  // Applies dropout if it is before norms, the slot's norm, the activation unless the norm replaces it, dropout if it
  // is after norms, and pooling. Without such a slot, the rest is applied.
  torch::Tensor norm_act(const std::string& slot, const std::string& activation, torch::Tensor x,
                         Pool pool = Pool::none);
  // Applies only the slot's norm; returns x if there is no such slot. The observer gets its tensors if `seen`.
  torch::Tensor normalize(const std::string& slot, torch::Tensor x, bool seen = true) const;
  // Applies dropout if it is at `place`, one of DropoutOptions'.
  torch::Tensor drop(const char* place, torch::Tensor x);
  // The generator of the model's own random numbers in training.
  at::Generator& generator() { return dropout_generator_; }

 private:
  friend class ScopedObserver;
  friend void initialize(Model& model, std::uint64_t seed);
  NormSlot* find_slot(const std::string& name);
  const NormSlot* find_slot(const std::string& name) const { return const_cast<Model*>(this)->find_slot(name); }
  std::pair<torch::nn::Module*, std::string> home(const std::string& path);
  void adopt(const std::shared_ptr<Layer>& layer, const std::string& path, const std::string& slot);
  bool needs_bias(const std::string& slot) const;
  bool is_dropping(const char* place) const;
  void choose_layout();
  torch::Tensor block(const NormSlot* found, const std::string& activation, Pool pool, torch::Tensor x,
                      bool seen) const;

  std::vector<NormSlot> norm_slots_;
  std::vector<std::shared_ptr<Layer>> layers_;
  std::map<std::string, std::shared_ptr<torch::nn::Module>> folders_;
  DropoutOptions dropout_;
  at::Generator dropout_generator_ = at::detail::createCPUGenerator(0);
  Observer* observer_ = nullptr;
  Execution execution_;
  bool channels_last_ = false;  // convolutions get images in channels-last memory
};

// "relu", "sigmoid", "tanh", "leaky_relu" (slope 0.01); "": unchanged.
torch::Tensor activate(const std::string& activation, const torch::Tensor& x);

// Draws every weight and bias of convolutions and linear layers from U(-1/sqrt(fan_in), 1/sqrt(fan_in)), PyTorch's
// default, each parameter from the stream "init/<its name>" of the seed. Two models that share a parameter's name and
// shape share its initial values. A layer's `bound` widens its interval; dropout and norms get the streams "dropout"
// and "noise/<slot>".
void initialize(Model& model, std::uint64_t seed);

struct Kind {
  std::function<std::shared_ptr<Model>(const Json& settings, const Input& input, const config::Variant& norm)> make;
  // The norm slots, without building the model.
  std::function<std::vector<norm::Slot>(const Json& settings, const Input& input)> slots;
  // Why the model can't be built with these settings and this norm, apart from its slots; "" if it can.
  std::function<std::string(const Json& settings, const config::Variant& norm)> check;
};

void add(const std::string& name, Kind kind);

std::shared_ptr<Model> make(const config::Variant& model, const Input& input, const config::Variant& norm);
std::vector<norm::Slot> slots(const config::Variant& model, const Input& input);
std::string check(const config::Variant& model, const config::Variant& norm);

template <class Module, class Options>
bool add(const std::string& name, config::About about) {
  config::Catalog::instance().add_options<Options>("model", name, std::move(about));
  add(name, {[](const Json& settings, const Input& input, const config::Variant& norm) -> std::shared_ptr<Model> {
               return std::make_shared<Module>(config::from_json<Options>(settings), input, norm);
             },
             [](const Json& settings, const Input& input) { return config::from_json<Options>(settings).slots(input); },
             [](const Json& settings, const config::Variant& norm) -> std::string {
               if constexpr (requires(const Options& o) { o.refuses(norm); }) {
                 return config::from_json<Options>(settings).refuses(norm);
               }
               return "";
             }});
  return true;
}

}  // namespace bnexp::model

// BNEXP_MODEL(mlp, Mlp, MlpOptions, {.summary = ..., .formula = ..., .source = ...}). The module is constructed from
// (const Options&, const Input&, const config::Variant& norm); options have `slots(const Input&)` and may have
// `std::string refuses(const config::Variant& norm) const`.
#define BNEXP_MODEL(name, Module, Options, ...) \
  static const bool bnexp_model_##name = ::bnexp::model::add<Module, Options>(#name, ::bnexp::config::About __VA_ARGS__)
