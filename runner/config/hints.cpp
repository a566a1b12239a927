#include "config/hints.h"

#include <fmt/format.h>

#include "base/text.h"
#include "config/catalog.h"
#include "config/describe.h"
#include "config/node.h"

namespace bnexp::config {
namespace {

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

// The places further down where a key of this name belongs: "train.optimizer.lr" for "lr".
std::vector<std::string> homes(std::string_view key) {
  std::vector<std::string> result;
  for (const auto& setting : settings()) {
    if (setting.key.size() > key.size() && setting.key.ends_with(fmt::format(".{}", key)))
      result.push_back(setting.key);
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
  if (!kind.empty()) {
    const auto others = owners(key, kind);
    if (!others.empty()) {
      return fmt::format("'{}' belongs to {} {}; {}", key, kind, join(others, ", "),
                         valid.empty() ? list : fmt::format("valid for {}: {}", name, join(valid, ", ")));
    }
  }
  auto candidates = valid;
  if (!kind.empty()) candidates.emplace_back("name");
  if (const std::string near = nearest(key, candidates); !near.empty()) return did_you_mean(near) + list;
  if (key.find('.') != std::string_view::npos) {
    for (const auto& setting : settings()) {
      if (setting.key == key) return fmt::format("in a file, keys are nested: {}", nested(setting.key));
    }
  }
  const auto places = homes(key);
  if (places.empty()) return list;
  return fmt::format("did you mean {}? that is {}\n{}", join(places, " or "), nested(places.front()), list);
}

std::string unknown_variant_hint(std::string_view name, const std::string& kind) {
  const auto names = Catalog::instance().names(kind);
  return fmt::format("{}{}s: {}", did_you_mean(nearest(name, names)), kind, join(names, ", "));
}

std::string choice_hint(std::string_view word, const std::vector<std::string>& choices) {
  return fmt::format("{}valid: {}", did_you_mean(nearest(word, choices)), join(choices, ", "));
}

}  // namespace bnexp::config
