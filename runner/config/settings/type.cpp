#include "config/settings/type.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "config/document/scalar.h"

namespace bnexp::config {
namespace {

std::string items_of(const Node& list) {
  std::vector<std::string> items;
  for (const Node& item : list.items) items.push_back(item.is_scalar() ? shown(item.scalar) : "...");
  if (items.size() > 4) items = {items[0], items[1], "..."};
  return join(items, ", ");
}

}  // namespace

void Place::refuse(const Node& node, std::string message, std::string hint) const {
  problems.push_back({node.mark, std::move(message), std::move(hint)});
}

void Place::refuse_type(const Node& node, const std::string& expected, const std::string& hint) const {
  std::string advice = alternative == " or null" ? nullable_hint(node) : "";
  if (advice.empty()) advice = hint;
  const bool has_default = !standard.is_null() && standard != Json("");
  if (advice.empty() && node.is_null() && has_default && alternative.empty()) {
    advice = fmt::format("leave the key out for its default, {}", value_text(standard));
  }
  if (advice.empty() && node.is_list()) {
    advice = fmt::format("to try several values, sweep them: sweep: {{grid: {{{}: [{}]}}}}", path, items_of(node));
  }
  refuse(node, fmt::format("{} must be {}{}, found {}", path, expected, alternative, describe(node)),
         from_record ? "" : advice);
}

}  // namespace bnexp::config
