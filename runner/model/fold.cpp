#include "model/fold.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <utility>

namespace bnexp::model {
namespace {

using torch::autograd::Edge;
using torch::autograd::Node;
using Place = std::pair<const Node*, std::uint32_t>;  // a tensor in the graph: its node and output number

Place place_of(const Edge& edge) { return {edge.function.get(), edge.input_nr}; }

// How often the graph below `root` reads each tensor, not including what is below `floor`.
std::map<Place, int> reads(Node* root, const Node* floor = nullptr) {
  std::map<Place, int> result;
  std::set<const Node*> seen{root};
  std::vector<Node*> open{root};
  while (!open.empty()) {
    Node* node = open.back();
    open.pop_back();
    if (node == nullptr || node == floor) continue;
    for (const Edge& edge : node->next_edges()) {
      if (!edge.is_valid()) continue;
      ++result[place_of(edge)];
      if (seen.insert(edge.function.get()).second) open.push_back(edge.function.get());
    }
  }
  return result;
}

// Where layers and norms are in the graph of one forward.
class Trace final : public Observer {
 public:
  Trace(Model& model, const torch::Tensor& images) {
    const torch::AutoGradMode with_graph(true);
    const ScopedObserver observed(model, *this);
    logits_ = model.forward(images.detach().requires_grad_());
    reads_ = reads(logits_.grad_fn().get());
  }

  void on_norm(const norm::Slot& slot, const torch::Tensor& before, const torch::Tensor& after) override {
    norms_[slot.name].push_back({edge(before), edge(after)});
  }
  void on_layer(const std::string& name, const torch::Tensor& output) override {
    layers_[name].push_back(edge(output));
  }

  // Why the norm isn't the only reader of the layer's output; "" if it is.
  std::string objection(const std::string& slot, const Layer& layer) const {
    const auto norm = norms_.find(slot);
    const auto output = layers_.find(layer.path);
    if (norm == norms_.end() || output == layers_.end()) return "the forward pass doesn't use it";
    if (output->second.size() > 1) {
      return fmt::format("{} is used {} times in a forward", layer.path, output->second.size());
    }
    if (norm->second.size() > 1) return fmt::format("it is used {} times in a forward", norm->second.size());
    const auto& [before, after] = norm->second.front();
    const Place place = place_of(output->second.front());
    if (place != place_of(before)) return fmt::format("another operation is between {} and it", layer.path);
    // A norm that returns its input changes only the layer's weight, so other readers get the same as before.
    if (place_of(after) == place) return is_shared(layer) ? shared(layer) : "";
    const int all = count(reads_, place);
    const int own = count(reads(after.function.get(), place.first), place);
    if (all != own || own == 0) return fmt::format("the output of {} is used elsewhere too", layer.path);
    return is_shared(layer) ? shared(layer) : "";
  }

 private:
  static std::string shared(const Layer& layer) {
    return fmt::format("the weights of {} are used elsewhere too", layer.path);
  }

  static Edge edge(const torch::Tensor& tensor) { return torch::autograd::impl::gradient_edge(tensor); }

  static int count(const std::map<Place, int>& reads, const Place& place) {
    const auto found = reads.find(place);
    return found == reads.end() ? 0 : found->second;
  }

  bool is_shared(const Layer& layer) const {
    const auto read_often = [&](const torch::Tensor& parameter) {
      return parameter.defined() && parameter.requires_grad() && count(reads_, place_of(edge(parameter))) > 1;
    };
    // A norm that computes another weight from it may read it several times for one use.
    const bool as_it_is = !layer.norm || layer.norm->weight(layer.weight).is_same(layer.weight);
    return (as_it_is && read_often(layer.weight)) || read_often(layer.bias);
  }

  torch::Tensor logits_;  // keeps the graph alive
  std::map<Place, int> reads_;
  std::map<std::string, std::vector<std::pair<Edge, Edge>>> norms_;
  std::map<std::string, std::vector<Edge>> layers_;
};

// Why the norm itself can't be folded, wherever it is.
std::string objection(norm::Norm& norm, const Layer* layer) {
  if (norm.is_training()) return "it is in training mode";
  if (norm.replaces_activation()) return "it includes the activation, which can't be folded into a layer";
  const auto map = norm.frozen();
  if (!map) return "evaluation doesn't apply a fixed scale and shift per channel";
  if (map->scale.defined() || map->shift.defined()) return "";
  const bool keeps_weight = layer == nullptr || norm.weight(layer->weight).is_same(layer->weight);
  return keeps_weight ? "it changes nothing" : "";
}

// Replaces a folded norm in its slot.
struct Identity final : norm::Norm {
  Identity() { eval(); }
  torch::Tensor forward(const torch::Tensor& x) override { return x; }
  bool replaces_bias() const override { return false; }
  std::optional<Affine> frozen() const override { return Affine{}; }
};

void fold_into(Layer& layer, norm::Norm& norm) {
  const torch::NoGradGuard no_grad;
  const norm::Norm::Affine map = *norm.frozen();
  layer.weight.copy_(norm.weight(layer.weight));
  if (map.scale.defined()) {
    std::vector<std::int64_t> rows(static_cast<std::size_t>(layer.weight.dim()), 1);
    rows.front() = -1;
    layer.weight.mul_(map.scale.view(rows));
    if (layer.bias.defined()) layer.bias.mul_(map.scale);
  }
  if (!map.shift.defined()) return;
  if (layer.bias.defined()) {
    layer.bias.add_(map.shift);
  } else {
    layer.bias = layer.register_parameter("bias", map.shift.clone());
  }
}

}  // namespace

FoldReport fold(Model& model, const torch::Tensor& images) {
  FoldReport report;
  const std::vector<Model::NormSlot> slots = model.norm_slots();
  if (model.is_training()) {
    for (const auto& slot : slots) report.refused.push_back({slot.slot.name, "the network is in training mode"});
    return report;
  }
  const Trace trace(model, images);
  for (const auto& [slot, norm, layer] : slots) {
    std::string reason = objection(*norm, layer.get());
    if (reason.empty() && !layer) reason = "it doesn't come right after a convolution or linear layer";
    if (reason.empty()) reason = trace.objection(slot.name, *layer);
    if (reason.empty()) {
      report.folded.push_back({slot.name, layer->path});
    } else {
      report.refused.push_back({slot.name, reason});
    }
  }
  for (const auto& [slot, norm, layer] : slots) {
    if (std::ranges::find(report.refused, slot.name, &FoldReport::Refused::norm) != report.refused.end()) continue;
    fold_into(*layer, *norm);
    model.replace_norm(slot.name, std::make_shared<Identity>());
  }
  return report;
}

}  // namespace bnexp::model
