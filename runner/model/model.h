// A network with norm slots, and how one is found by name. A model asks for "a norm", never for a named one.
//
// To add an architecture, write one file in variants/: its options with `slots`, its module, one BNEXP_MODEL line.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "config/catalog.h"
#include "model/input.h"
#include "norm/norm.h"

namespace bnexp::model {

// Sees a model's tensors as they are computed. It must not change them.
class Observer {
 public:
  virtual ~Observer() = default;
  // What enters and leaves a norm slot.
  virtual void on_norm(const norm::Slot& slot, const torch::Tensor& before, const torch::Tensor& after) = 0;
  // What a layer with weights put out.
  virtual void on_layer(const std::string& name, const torch::Tensor& output) = 0;
};

class Model : public torch::nn::Module {
 public:
  // (N, channels, rows, columns) to logits (N, classes).
  virtual torch::Tensor forward(const torch::Tensor& images) = 0;

  // Null: nobody. The observer must outlive its use.
  void observe(Observer* observer) { observer_ = observer; }

  struct NormSlot {
    norm::Slot slot;
    std::shared_ptr<norm::Norm> norm;
  };
  const std::vector<NormSlot>& norm_slots() const { return norm_slots_; }

 protected:
  // Makes a norm for each slot and registers it under the slot's name. Call before making the layers.
  void add_norms(const std::vector<norm::Slot>& slots, const config::Variant& norm);
  // Whether the layer before this slot is to have a bias: no norm stands there, or one that doesn't replace it.
  bool needs_bias(const std::string& slot) const;
  // Through the slot's norm; unchanged when there is no such slot.
  torch::Tensor normalize(const std::string& slot, const torch::Tensor& x) const;
  // Shows the observer what a layer put out.
  torch::Tensor seen(const std::string& layer, torch::Tensor output) const;

 private:
  const NormSlot* find_slot(const std::string& name) const;

  std::vector<NormSlot> norm_slots_;
  Observer* observer_ = nullptr;
};

// Draws every weight and bias of convolutions and linear layers from U(-1/sqrt(fan_in), 1/sqrt(fan_in)), PyTorch's
// default, each parameter from the stream "init/<its name>" of the seed. Two models that share a parameter's name and
// shape share its initial values, whatever else differs.
void initialize(Model& model, std::uint64_t seed);

struct Kind {
  std::function<std::shared_ptr<Model>(const Json& settings, const Input& input, const config::Variant& norm)> make;
  // The norm slots, without building anything.
  std::function<std::vector<norm::Slot>(const Json& settings, const Input& input)> slots;
};

void add(const std::string& name, Kind kind);

std::shared_ptr<Model> make(const config::Variant& model, const Input& input, const config::Variant& norm);
std::vector<norm::Slot> slots(const config::Variant& model, const Input& input);

template <class Module, class Options>
bool add(const std::string& name, config::About about) {
  config::Catalog::instance().add_options<Options>("model", name, std::move(about));
  add(name,
      {[](const Json& settings, const Input& input, const config::Variant& norm) -> std::shared_ptr<Model> {
         return std::make_shared<Module>(config::from_json<Options>(settings), input, norm);
       },
       [](const Json& settings, const Input& input) { return config::from_json<Options>(settings).slots(input); }});
  return true;
}

}  // namespace bnexp::model

// BNEXP_MODEL(mlp, Mlp, MlpOptions, {.summary = ..., .formula = ..., .source = ...}). The module is constructed from
// (const Options&, const Input&, const config::Variant& norm); options have `slots(const Input&)`.
#define BNEXP_MODEL(name, Module, Options, ...) \
  static const bool bnexp_model_##name = ::bnexp::model::add<Module, Options>(#name, ::bnexp::config::About __VA_ARGS__)
