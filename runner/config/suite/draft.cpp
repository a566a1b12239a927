#include "config/suite/draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/document/scalar.h"
#include "config/settings/reader.h"

namespace bnexp::config {
namespace {

// Separates the suite's own keys from the settings of a trial.
void part(const Node& whole, Draft& draft, std::vector<Problem>& problems) {
  draft.top.kind = draft.settings.kind = Node::Kind::map;
  draft.top.mark = draft.settings.mark = whole.mark;
  for (const auto& entry : whole.entries) {
    if (entry.key == "seed") {
      problems.push_back({entry.mark, "unknown key 'seed'",
                          "did you mean 'seeds'? seeds: 3 trains with seeds 1, 2 and 3; seeds: [7] with seed 7 alone"});
    } else if (entry.key == "bench") {
      problems.push_back({entry.mark, "this is a benchmark of norms, not a suite of trials", "`bnexp bench` runs it"});
    } else {
      (is_suite_key(entry.key) ? draft.top : draft.settings).entries.push_back(entry);
    }
  }
}

bool related(const std::string& a, const std::string& b) {
  return a == b || a.starts_with(b + ".") || b.starts_with(a + ".");
}

// A rule on a key that isn't swept is a mistake, unless a later layer removed the key from the sweep.
void check_rule_keys(Draft& draft, std::vector<Problem>& problems) {
  const auto columns = draft.sweep.columns();
  std::vector<std::string> swept;
  for (const auto* column : columns) swept.push_back(column->key);
  for (const auto& rule : draft.sweep.exclude) {
    for (const auto& condition : rule.conditions) {
      const auto is_it = [&](const std::string& key) { return related(key, condition.key); };
      if (std::any_of(swept.begin(), swept.end(), is_it)) continue;
      problems.push_back({condition.mark,
                          fmt::format("{} is not swept, so no rule can depend on it", shown(condition.key)),
                          swept.empty() ? "nothing is swept" : fmt::format("swept: {}", fmt::join(swept, ", "))});
    }
  }
}

}  // namespace

bool Draft::narrowed_above(const Mark& mark) const {
  return std::any_of(layers.all.begin() + layers.of(mark) + 1, layers.all.end(),
                     [](const Layer& layer) { return layer.tree.find("sweep") != nullptr; });
}

bool read_draft(const std::filesystem::path& file, const std::vector<std::string>& overrides, Draft& draft,
                std::vector<Problem>& problems) {
  if (!read_layers(file, overrides, draft.merger, draft.layers, problems)) return false;
  part(flatten(draft.layers, draft.merger), draft, problems);
  NodeReader reader(draft.top, {"", problems});
  draft.head.fields(reader);
  finish_title(file, draft.top, draft.head, problems);
  if (const Node* sweep = draft.top.find("sweep")) draft.sweep = read_sweep(*sweep, draft.merger, problems);
  const Node* exclude = find_path(draft.top, "sweep.exclude");
  draft.idle_rules_allowed = exclude != nullptr && draft.narrowed_above(exclude->mark);
  if (!draft.idle_rules_allowed) check_rule_keys(draft, problems);
  return true;
}

DraftArm read_arm(const Draft& draft, std::size_t combination) {
  DraftArm arm;
  arm.rows = draft.sweep.rows(combination);
  arm.tree = arm_tree(draft.settings, draft.sweep, arm.rows, draft.merger);
  NodeReader reader(arm.tree, {"", arm.problems});
  arm.spec.fields(reader);
  reader.refuse_unknown(suite_keys());
  arm.settings = arm.problems.empty() ? to_json(arm.spec) : to_json(arm.tree);
  return arm;
}

}  // namespace bnexp::config
