#include "model/model.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "base/random.h"
#include "base/registry.h"
#include "model/fused_linear.h"
#include "norm/fused.h"

namespace bnexp::model {
namespace {

Registry<Kind>& kinds() {
  static Registry<Kind> registry;
  return registry;
}

const Kind& kind(const std::string& name) {
  const Kind* found = kinds().find(name);
  if (found == nullptr) throw std::logic_error("model '" + name + "' is not registered");
  return *found;
}

void draw_uniform(torch::Tensor& parameter, double bound, std::uint64_t seed, const std::string& name) {
  if (!parameter.defined()) return;
  Random random(seed, "init/" + name);
  auto* values = parameter.data_ptr<float>();
  for (std::int64_t i = 0; i < parameter.numel(); ++i) values[i] = static_cast<float>(random.uniform(-bound, bound));
}

// Converts bfloat16 to fp32; returns anything else as it is.
torch::Tensor at_least_float(const torch::Tensor& x) {
  return x.scalar_type() == torch::kBFloat16 ? x.to(torch::kFloat) : x;
}

// Images in channels-last memory, which convolutions keep. For one channel both formats are the same, and the strides
// are set to channels last.
torch::Tensor with_channels_last(const torch::Tensor& images) {
  if (images.size(1) > 1) return images.contiguous(at::MemoryFormat::ChannelsLast);
  return images.contiguous().view({images.size(0), images.size(2), images.size(3), 1}).permute({0, 3, 1, 2});
}

// The submodule "blocks.0" of the state dict.
class Folder final : public torch::nn::Module {};

}  // namespace

ScopedObserver::ScopedObserver(Model& model, Observer& observer)
    : model_(model), outer_(std::exchange(model.observer_, &observer)) {}

ScopedObserver::~ScopedObserver() { model_.observer_ = outer_; }

torch::Tensor activate(const std::string& activation, const torch::Tensor& x) {
  if (activation.empty()) return x;
  if (activation == "relu") return torch::relu(x);
  if (activation == "sigmoid") return torch::sigmoid(x);
  if (activation == "tanh") return torch::tanh(x);
  if (activation == "leaky_relu") return torch::leaky_relu(x, 0.01);
  throw std::logic_error("no activation '" + activation + "'");
}

// The module that `path` is registered in, and its name there.
std::pair<torch::nn::Module*, std::string> Model::home(const std::string& path) {
  torch::nn::Module* module = this;
  std::size_t begin = 0;
  for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', begin)) {
    auto& folder = folders_[path.substr(0, dot)];
    if (!folder) folder = module->register_module(path.substr(begin, dot - begin), std::make_shared<Folder>());
    module = folder.get();
    begin = dot + 1;
  }
  return {module, path.substr(begin)};
}

void Model::add_norms(const std::vector<norm::Slot>& slots, const config::Variant& norm) {
  for (const auto& slot : slots) {
    const auto [module, name] = home(slot.name);
    norm_slots_.push_back({slot, module->register_module(name, norm::make(norm, slot)), nullptr});
  }
}

void Model::adopt(const std::shared_ptr<Layer>& layer, const std::string& path, const std::string& slot) {
  layer->path = path;
  layers_.push_back(layer);
  if (NormSlot* found = find_slot(slot)) {
    found->layer = layer;
    layer->norm = found->norm;
  }
}

std::shared_ptr<Conv2d> Model::add_conv(const std::string& path, const Conv2dOptions& options, const std::string& slot,
                                        bool with_bias) {
  const auto [module, name] = home(path);
  auto layer = module->register_module(name, std::make_shared<Conv2d>(options, with_bias && needs_bias(slot)));
  adopt(layer, path, slot);
  return layer;
}

std::shared_ptr<Linear> Model::add_linear(const std::string& path, std::int64_t in, std::int64_t out,
                                          const std::string& slot, bool with_bias) {
  const auto [module, name] = home(path);
  auto layer = module->register_module(name, std::make_shared<Linear>(in, out, with_bias && needs_bias(slot)));
  adopt(layer, path, slot);
  return layer;
}

torch::Tensor Model::add_parameter(const std::string& path, const torch::Tensor& initial) {
  const auto [module, name] = home(path);
  return module->register_parameter(name, initial);
}

Model::NormSlot* Model::find_slot(const std::string& name) {
  for (auto& slot : norm_slots_) {
    if (slot.slot.name == name) return &slot;
  }
  return nullptr;
}

norm::Norm* Model::find_norm(const std::string& slot) const {
  const NormSlot* found = find_slot(slot);
  return found == nullptr ? nullptr : found->norm.get();
}

void Model::replace_norm(const std::string& slot, const std::shared_ptr<norm::Norm>& norm) {
  NormSlot* found = find_slot(slot);
  if (found == nullptr) throw std::logic_error("no slot '" + slot + "'");
  const auto [module, name] = home(slot);
  module->replace_module(name, norm);
  found->norm = norm;
  if (found->layer) found->layer->norm = norm;
  choose_layout();
}

std::vector<at::Generator> Model::generators() const {
  std::vector<at::Generator> result{dropout_generator_};
  for (const auto& slot : norm_slots_) result.push_back(slot.norm->generator());
  return result;
}

bool Model::needs_bias(const std::string& slot) const {
  const norm::Norm* found = find_norm(slot);
  return found == nullptr || !found->replaces_bias();
}

void Model::execute(const Execution& execution) {
  execution_ = execution;
  choose_layout();
}

void Model::choose_layout() {
  const auto on_cpu = [](const auto& layer) { return layer->weight.is_cpu(); };
  channels_last_ = execution_.fused && std::ranges::all_of(layers_, on_cpu) &&
                   std::ranges::all_of(norm_slots_, [](const auto& s) { return norm::fuses_channels_last(*s.norm); });
}

torch::Tensor Model::through(const Layer& layer, const torch::Tensor& input, bool seen) const {
  torch::Tensor x = execution_.products == torch::kBFloat16 ? input.to(torch::kBFloat16) : input;
  if (channels_last_ && x.dim() == 4) x = with_channels_last(x);
  const torch::Tensor w = layer.effective_weight();
  const bool is_linear = w.dim() == 2 && x.dim() == 2 && w.is_same(layer.weight);
  torch::Tensor y = execution_.fused && is_linear
                        ? fused_linear(x, w, layer.bias, execution_.gradient_buffers, execution_.tape)
                        : layer.apply(x, w);
  if (observer_ != nullptr && seen) observer_->on_layer(layer.path, at_least_float(y));
  return y;
}

// The slot's norm, or none, then activation and pooling.
torch::Tensor Model::block(const NormSlot* found, const std::string& activation, Pool pool, torch::Tensor x,
                           bool seen) const {
  const bool observed = observer_ != nullptr && seen && found != nullptr;
  const torch::Tensor kept = observed ? x : torch::Tensor();
  if (execution_.fused) {
    auto y = norm::fused(found == nullptr ? nullptr : found->norm.get(), activation, pool == Pool::max2, std::move(x),
                         execution_.gradient_buffers, execution_.tape);
    if (y) {
      if (observed) observer_->on_norm(found->slot, at_least_float(kept), norm::fused_norm_output(*found->norm, kept));
      return *y;
    }
  }
  if (execution_.tape != nullptr && found != nullptr) execution_.tape->note_foreign();
  torch::Tensor y = at_least_float(x);  // NOLINT(bugprone-use-after-move): fused takes x only if it returns y
  if (found != nullptr) {
    y = found->norm->forward(y);
    if (observed) observer_->on_norm(found->slot, at_least_float(kept), y);
  }
  y = activate(activation, y);
  return pool == Pool::max2 ? torch::max_pool2d(y, 2) : y;
}

torch::Tensor Model::normalize(const std::string& slot, torch::Tensor x, bool seen) const {
  return block(find_slot(slot), "", Pool::none, std::move(x), seen);
}

torch::Tensor Model::norm_act(const std::string& slot, const std::string& activation, torch::Tensor x, Pool pool) {
  const NormSlot* found = find_slot(slot);
  const bool is_done = found != nullptr && found->norm->replaces_activation();
  const bool drops = is_dropping("after_norm");
  torch::Tensor y = block(found, is_done ? "" : activation, drops ? Pool::none : pool,
                          drop("before_norm", std::move(x)), /*seen=*/true);
  if (!drops) return y;
  const torch::Tensor kept = drop("after_norm", std::move(y));
  return pool == Pool::max2 ? torch::max_pool2d(kept, 2) : kept;
}

bool Model::is_dropping(const char* place) const {
  return dropout_.dropout > 0 && is_training() && dropout_.dropout_at == place;
}

torch::Tensor Model::drop(const char* place, torch::Tensor x) {
  if (!is_dropping(place)) return x;
  const double keep = 1 - dropout_.dropout;
  const torch::Tensor mask =
      torch::empty(x.sizes(), x.options().device(torch::kCPU)).bernoulli_(keep, dropout_generator_);
  return x * mask.div_(keep).to(x.device());
}

void initialize(Model& model, std::uint64_t seed) {
  for (const auto& layer : model.layers_) {
    const double bound = layer->bound / std::sqrt(static_cast<double>(layer->fan_in()));
    draw_uniform(layer->weight, bound, seed, layer->path + ".weight");
    draw_uniform(layer->bias, bound, seed, layer->path + ".bias");
  }
  const torch::NoGradGuard no_grad;
  model.adjust_initial();
  model.dropout_generator_.set_current_seed(Random(seed, "dropout").next());
  for (const auto& slot : model.norm_slots_) {
    slot.norm->seed(Random(seed, "noise/" + slot.slot.name).next());
    slot.norm->begin(slot.layer ? slot.layer->weight : torch::Tensor());
  }
}

void add(const std::string& name, Kind entry) { kinds().add(name, std::move(entry)); }

std::shared_ptr<Model> make(const config::Variant& model, const Input& input, const config::Variant& norm) {
  return kind(model.name).make(model.settings, input, norm);
}

std::vector<norm::Slot> slots(const config::Variant& model, const Input& input) {
  return kind(model.name).slots(model.settings, input);
}

std::string check(const config::Variant& model, const config::Variant& norm) {
  return kind(model.name).check(model.settings, norm);
}

}  // namespace bnexp::model
