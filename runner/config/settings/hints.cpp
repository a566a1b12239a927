#include "config/settings/hints.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "config/document/node.h"
#include "config/settings/catalog.h"
#include "config/settings/describe.h"

namespace bnexp::config {
namespace {

// Common names from other frameworks, mapped to ours.
constexpr std::array<std::pair<std::string_view, std::string_view>, 24> kSynonyms{{
    {"gpu", "cuda"},         {"bn", "batch"},          {"batchnorm", "batch"},    {"batch_norm", "batch"},
    {"ln", "layer"},         {"layernorm", "layer"},   {"layer_norm", "layer"},   {"gn", "group"},
    {"groupnorm", "group"},  {"group_norm", "group"},  {"identity", "none"},      {"no", "none"},
    {"dataset", "data"},     {"network", "model"},     {"net", "model"},          {"learning_rate", "lr"},
    {"epsilon", "eps"},      {"num_groups", "groups"}, {"wd", "weight_decay"},    {"bs", "batch_size"},
    {"iterations", "steps"}, {"max_steps", "steps"},   {"scheduler", "schedule"}, {"normalization", "norm"},
}};

// The candidate that was meant, or "".
std::string meant(std::string_view word, const std::vector<std::string>& candidates) {
  for (const auto& [other, own] : kSynonyms) {
    const bool known = std::find(candidates.begin(), candidates.end(), own) != candidates.end();
    if (word == other && known) return std::string(own);
  }
  return nearest(word, candidates);
}

std::string did_you_mean(const std::string& name) {
  return name.empty() ? "" : fmt::format("did you mean '{}'? ", name);
}

// The other variants of `kind` that have a parameter of this name.
std::vector<std::string> owners(std::string_view key, const std::string& kind) {
  std::vector<std::string> result;
  for (const auto& name : Catalog::instance().names(kind)) {
    for (const auto& parameter : parameters(kind, name)) {
      if (parameter.key == key) result.push_back(name);
    }
  }
  return result;
}

// The places below where a key of this name belongs: "train.optimizer.lr" for "lr".
std::vector<std::string> homes(std::string_view key) {
  std::vector<std::string> result;
  const std::string tail = fmt::format(".{}", key);
  for (const auto& setting : settings()) {
    if (setting.key.ends_with(tail)) result.push_back(setting.key);
  }
  return result;
}

// "train: {optimizer: {lr: ...}}"
std::string nested(const std::string& dotted) {
  std::string text;
  const auto segments = split_key(dotted);
  for (std::size_t i = 0; i < segments.size(); ++i) text += segments[i] + (i + 1 < segments.size() ? ": {" : ": ...");
  return text + std::string(segments.size() - 1, '}');
}

}  // namespace

std::string unknown_key_hint(std::string_view key, const std::vector<std::string>& valid, const std::string& what,
                             const std::string& kind, const std::string& name) {
  const std::string list =
      valid.empty() ? fmt::format("{} has no parameters", what) : fmt::format("valid: {}", join(valid, ", "));
  if (key.find_first_not_of("0123456789") == std::string_view::npos) {
    return fmt::format("numbers have a point, not a comma: 0.{}\n{}", key, list);
  }
  if (!kind.empty()) {
    const auto others = owners(key, kind);
    if (!others.empty()) {
      return fmt::format("'{}' belongs to {} {}; {}", key, kind, join(others, ", "),
                         valid.empty() ? list : fmt::format("valid for {}: {}", name, join(valid, ", ")));
    }
  }
  auto candidates = valid;
  if (!kind.empty()) candidates.emplace_back("name");
  if (const std::string near = meant(key, candidates); !near.empty()) return did_you_mean(near) + list;
  if (key.find('.') != std::string_view::npos) {
    for (const auto& setting : settings()) {
      if (setting.key == key) return fmt::format("in a file, keys are nested: {}", nested(setting.key));
    }
  }
  auto places = homes(key);
  if (places.empty()) {
    for (const auto& [other, own] : kSynonyms) {
      if (key == other && places.empty()) places = homes(own);
    }
  }
  if (places.empty()) return list;
  return fmt::format("did you mean {}, written {}?\n{}", join(places, " or "), nested(places.front()), list);
}

std::string unknown_variant_hint(std::string_view name, const std::string& kind) {
  const auto names = Catalog::instance().names(kind);
  return fmt::format("{}{}s: {}", did_you_mean(meant(name, names)), kind, join(names, ", "));
}

std::string choice_hint(std::string_view word, const std::vector<std::string>& choices) {
  return fmt::format("{}valid: {}", did_you_mean(meant(word, choices)), join(choices, ", "));
}

}  // namespace bnexp::config
