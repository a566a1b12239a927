// The interface of a normalization layer, and the registry of norms.
//
// To add a norm, write one file in variants/: its options, its module, one BNEXP_NORM line. No other file changes; the
// contract tests, `bnexp list`, the schema and the reference find it.
#pragma once

#include <ATen/CPUGeneratorImpl.h>
#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "config/settings/catalog.h"
#include "norm/kernels/block.h"
#include "norm/slot.h"

namespace bnexp::norm {

// Maps (N, channels, spatial...) to the same shape, in the module's training or evaluation mode. Running statistics are
// registered buffers; only a forward in training mode updates them.
class Norm : public torch::nn::Module {
 public:
  // True for a module that changes nothing.
  static constexpr bool kIsIdentity = false;

  virtual torch::Tensor forward(const torch::Tensor& x) = 0;

  // True if the norm removes a constant added before it, or adds a learned shift. A bias in the layer before it would
  // be redundant, and models leave it out.
  virtual bool replaces_bias() const = 0;

  // True if the norm includes the activation after it; models then leave theirs out. Such a norm refuses slots with an
  // activation that it can't replace.
  virtual bool replaces_activation() const { return false; }

  // The weight (out, in, ...) that the layer before the slot computes with, made from its learned weight. Called in
  // every forward, only in slots with `after_layer`; a norm that overrides this refuses other slots.
  virtual torch::Tensor weight(const torch::Tensor& w) { return w; }

  // Called once, when the layer before the slot has its initial weights: `w` as `weight` gets it, or undefined.
  virtual void begin(const torch::Tensor& /*w*/) {}

  // In a recurrence: sets the time step t, from 0, of the next forward.
  virtual void at_step(std::int64_t /*t*/) {}

  struct Affine {
    torch::Tensor scale{};  // (C); undefined: 1
    torch::Tensor shift{};  // (C); undefined: 0
  };
  // The evaluation, if it is y = scale * x + shift per channel for any batch; else nullopt.
  virtual std::optional<Affine> frozen() const { return std::nullopt; }

  // What the fused kernels (see fused.h) need to compute the same as `forward`; nullopt if no kernel fits the norm.
  struct FusedForm {
    kernels::Statistics over = kernels::Statistics::none;
    double eps = 0;
    torch::Tensor weight{};        // (channels) or the shape of a sample; undefined: 1
    torch::Tensor bias{};          // the same; undefined: 0
    std::int64_t groups = 1;       // of Statistics::group
    bool centred = true;           // false: by the mean square, not the variance
    torch::Tensor running_mean{};  // of Statistics::batch, to normalize with; undefined: the batch's own
    torch::Tensor running_var{};
  };
  virtual std::optional<FusedForm> fused_form() const { return std::nullopt; }
  // In training, the batch's statistics from a fused forward: mean and biased variance of `count` values per channel.
  virtual void on_statistics(const float* /*mean*/, const float* /*var*/, std::int64_t /*count*/) {}

  // The generator of the norm's random numbers. It is on the CPU for every device, so that all devices get the same
  // numbers.
  void seed(std::uint64_t seed) { generator_ = at::detail::createCPUGenerator(seed); }
  at::Generator& generator() { return generator_; }

  // LibTorch's own operation for this norm, for comparison in benchmarks.
  enum class TorchForm {
    none,      // LibTorch has no such operation
    separate,  // forward computes the same in another way
    forward    // forward is that operation and nothing else
  };
  virtual TorchForm torch_form() const { return TorchForm::none; }
  // That operation, on x of any floating type; for any torch_form but none.
  virtual torch::Tensor torch_forward(const torch::Tensor& x) { return forward(x); }

 private:
  at::Generator generator_ = at::detail::createCPUGenerator(0);
};

struct Kind {
  std::function<std::shared_ptr<Norm>(const config::Variant& norm, const Slot& slot)> make;
  // Why a norm with these settings can't be in the slot; "" if it can.
  std::function<std::string(const config::Variant& norm, const Slot& slot)> check;
  bool is_identity = false;  // changes neither activations nor weights
};

void add(const std::string& name, Kind kind);

// The name and settings come from a checked configuration, so they are valid.
std::shared_ptr<Norm> make(const config::Variant& norm, const Slot& slot);
std::string check(const config::Variant& norm, const Slot& slot);
bool is_identity(const config::Variant& norm);

// If a norm's settings name files, its options have `std::filesystem::path folder`, the folder of these files.
template <class Options>
Options options_of(const config::Variant& norm) {
  auto options = config::from_json<Options>(norm.settings);
  if constexpr (requires { options.folder; }) options.folder = norm.folder;
  return options;
}

template <class Module, class Options>
bool add(const std::string& name, config::About about) {
  config::Catalog::instance().add_options<Options>("norm", name, std::move(about));
  Kind kind;
  kind.make = [](const config::Variant& norm, const Slot& slot) -> std::shared_ptr<Norm> {
    return std::make_shared<Module>(options_of<Options>(norm), slot);
  };
  kind.check = [](const config::Variant& norm, const Slot& slot) -> std::string {
    if constexpr (requires(const Options& o) { o.refuses(slot); }) return options_of<Options>(norm).refuses(slot);
    return "";
  };
  kind.is_identity = Module::kIsIdentity;
  add(name, std::move(kind));
  return true;
}

}  // namespace bnexp::norm

// BNEXP_NORM(rms, RmsNorm, RmsOptions, {.summary = ..., .formula = ..., .source = ...}). The module is constructed from
// (const Options&, const Slot&); options may have `std::string refuses(const Slot&) const`.
#define BNEXP_NORM(name, Module, Options, ...) \
  static const bool bnexp_norm_##name = ::bnexp::norm::add<Module, Options>(#name, ::bnexp::config::About __VA_ARGS__)
