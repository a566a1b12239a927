#include "config/suite/metric.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "base/text.h"
#include "config/settings/catalog.h"
#include "config/settings/hints.h"
#include "config/settings/type.h"

namespace bnexp::config {
namespace {

constexpr std::string_view kProbes = "probes.";

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

// What is between brackets: "-1", or "side=after, mode=train".
std::optional<PathStep> element(std::string_view text) {
  if (const auto index = whole(trimmed(text))) return PathStep(*index);
  Json members = Json::object();
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view member = trimmed(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    const std::size_t equals = member.find('=');
    if (equals == std::string_view::npos || equals == 0) return std::nullopt;
    members[std::string(trimmed(member.substr(0, equals)))] = trimmed(member.substr(equals + 1));
  }
  if (members.empty()) return std::nullopt;
  return PathStep(std::move(members));
}

class Metric final : public Type {
 public:
  std::optional<Json> read(const Node& node, const Place& place) const override {
    if (!node.is_scalar()) {
      place.refuse_type(node, words(), "");
      return std::nullopt;
    }
    if (find_metric(node.scalar) != nullptr) return node.scalar;
    if (!node.scalar.starts_with(kProbes)) {
      std::vector<std::string> names;
      for (const auto& metric : metrics()) names.emplace_back(metric.name);
      place.refuse(node, fmt::format("unknown metric '{}'", shown(node.scalar)),
                   choice_hint(node.scalar, names) + "\nor a number of a probe: probes.PROBE.KEY[INDEX]");
      return std::nullopt;
    }
    const auto path = probe_path(node.scalar);
    if (!path) {
      place.refuse(node, fmt::format("'{}' is not a path into a probe's result", shown(node.scalar)),
                   "write keys with dots, and elements of lists as [0], [-1] (the last) or [side=after, mode=train]");
      return std::nullopt;
    }
    const auto& probe = std::get<std::string>(path->front());
    if (!place.from_record && Catalog::instance().find("probe", probe) == nullptr) {
      place.refuse(node, fmt::format("unknown probe '{}'", shown(probe)), unknown_variant_hint(probe, "probe"));
      return std::nullopt;
    }
    return node.scalar;
  }
  std::string name() const override { return "metric"; }
  std::string words() const override { return "a metric's name, or a path to a probe's number"; }
  std::string plural() const override { return "metrics"; }
  Json schema() const override {
    Json names = Json::array();
    for (const auto& metric : metrics()) names.push_back(metric.name);
    return {{"anyOf", {{{"enum", std::move(names)}}, {{"type", "string"}, {"pattern", "^probes[.]"}}}}};
  }
};

}  // namespace

const std::vector<MetricInfo>& metrics() {
  static const std::vector<MetricInfo> all{
      {"test_accuracy", "accuracy on the test images, after the last step", "points", 100},
      {"test_loss", "mean loss on the test images, after the last step", "", 1, false},
      {"validation_accuracy", "accuracy on the validation images, after the last step", "points", 100},
      {"validation_loss", "mean loss on the validation images, after the last step", "", 1, false},
      {"validation_area", "mean validation accuracy over the steps: the area under its curve, per step", "points", 100},
      {"train_loss", "mean training loss since the last line of the history", "", 1, false},
      {"worst_loss", "the largest training loss of the history", "", 1, false},
      {"steps_to_accuracy", "the first step whose validation accuracy is above the suite's trains_above", "steps", 1,
       false},
      {"seconds_to_accuracy", "the training time until then", "s", 1, false, true},
  };
  return all;
}

const MetricInfo* find_metric(std::string_view name) {
  const auto found = std::ranges::find_if(metrics(), [&](const MetricInfo& metric) { return name == metric.name; });
  return found == metrics().end() ? nullptr : &*found;
}

std::string unit_of(std::string_view metric) {
  const MetricInfo* info = find_metric(metric);
  return info == nullptr ? "" : info->unit;
}

double scale_of(std::string_view metric) {
  const MetricInfo* info = find_metric(metric);
  return info == nullptr ? 1 : info->scale;
}

std::optional<std::vector<PathStep>> probe_path(std::string_view text) {
  if (!text.starts_with(kProbes)) return std::nullopt;
  text.remove_prefix(kProbes.size());
  std::vector<PathStep> steps;
  while (true) {
    const std::size_t end = std::min(text.find_first_of(".["), text.size());
    if (end == 0) return std::nullopt;
    steps.emplace_back(std::string(text.substr(0, end)));
    text.remove_prefix(end);
    while (text.starts_with('[')) {
      const std::size_t close = text.find(']');
      if (close == std::string_view::npos) return std::nullopt;
      auto step = element(text.substr(1, close - 1));
      if (!step) return std::nullopt;
      steps.push_back(std::move(*step));
      text.remove_prefix(close + 1);
    }
    if (text.empty()) break;
    if (!text.starts_with('.')) return std::nullopt;
    text.remove_prefix(1);
  }
  if (steps.size() < 2) return std::nullopt;
  return steps;
}

std::optional<double> number_at(const Json& probes, const std::vector<PathStep>& path) {
  const Json* at = &probes;
  for (const auto& step : path) {
    const Json* next = nullptr;
    if (const auto* key = std::get_if<std::string>(&step)) {
      if (at->is_object() && at->contains(*key)) next = &at->at(*key);
    } else if (const auto* index = std::get_if<std::int64_t>(&step)) {
      const auto size = static_cast<std::int64_t>(at->is_array() ? at->size() : 0);
      const std::int64_t place = *index < 0 ? size + *index : *index;
      if (place >= 0 && place < size) next = &at->at(static_cast<std::size_t>(place));
    } else if (at->is_array()) {
      const auto& members = std::get<Json>(step);
      const auto has_members = [&](const Json& item) {
        return item.is_object() && std::ranges::all_of(members.items(), [&](const auto& member) {
                 return item.contains(member.key()) && value_text(item.at(member.key())) == member.value();
               });
      };
      const auto found = std::ranges::find_if(*at, has_members);
      if (found != at->end()) next = &*found;
    }
    if (next == nullptr) return std::nullopt;
    at = next;
  }
  if (!at->is_number()) return std::nullopt;
  return at->get<double>();
}

namespace type {
TypePtr metric() { return std::make_shared<Metric>(); }
}  // namespace type

}  // namespace bnexp::config
