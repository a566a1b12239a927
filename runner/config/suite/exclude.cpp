#include "config/suite/exclude.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "config/document/scalar.h"
#include "config/suite/selection.h"

namespace bnexp::config {
namespace {

// The values that the key is swept over, if it is.
std::string values_of(const std::string& key, const Sweep& sweep) {
  for (const auto* column : sweep.columns()) {
    if (column->key != key) continue;
    std::vector<std::string> values;
    for (const Node& value : column->values) values.push_back(shown(value_text(to_json(value))));
    if (values.size() > 8) values = {values[0], values[1], "...", values.back()};
    return fmt::format("it is swept over {}\n", join(values, ", "));
  }
  return "";
}

constexpr const char* kIdle = "correct the rule or remove it";

}  // namespace

bool excludes(Rule& rule, const Json& settings) {
  bool all = true;
  for (auto& condition : rule.conditions) {
    const Json* actual = find_path(settings, condition.key);
    bool any = false;
    for (std::size_t i = 0; i < condition.alternatives.size() && actual != nullptr; ++i) {
      if (!matches(*actual, to_json(condition.alternatives[i]))) continue;
      ++condition.hits[i];
      any = true;
    }
    all = all && any;
  }
  rule.hits += all ? 1 : 0;
  return all;
}

void refuse_idle(const Sweep& sweep, std::vector<Problem>& problems) {
  for (const auto& rule : sweep.exclude) {
    bool explained = false;
    for (const auto& condition : rule.conditions) {
      for (std::size_t i = 0; i < condition.alternatives.size(); ++i) {
        if (condition.hits[i] > 0) continue;
        const Node& value = condition.alternatives[i];
        explained = true;
        problems.push_back({value.mark,
                            fmt::format("no arm has {} {}", condition.key, shown(value_text(to_json(value)))),
                            values_of(condition.key, sweep) + kIdle});
      }
    }
    if (rule.hits == 0 && !explained) problems.push_back({rule.mark, "no arm matches all keys of this rule", kIdle});
  }
}

}  // namespace bnexp::config
