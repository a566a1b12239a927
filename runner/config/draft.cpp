#include "config/draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "config/node_reader.h"
#include "config/scalar.h"

namespace bnexp::config {
namespace {

constexpr std::int64_t kLargestSeed = (std::int64_t{1} << 53) - 1;  // exact in every reader of JSON
constexpr std::size_t kLongestName = 64;

bool is_file_safe(const std::string& name) {
  const auto safe = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  return !name.empty() && name.size() <= kLongestName && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), safe);
}

std::vector<std::int64_t> read_seed_list(const Node& list, std::vector<Problem>& problems) {
  std::vector<std::int64_t> seeds;
  std::set<std::int64_t> seen;
  for (const Node& item : list.items) {
    const auto seed = integer_of(item);
    if (!seed) {
      problems.push_back(
          {item.mark, fmt::format("a seed must be a whole number, found {}", describe(item)), integer_hint(item)});
    } else if (*seed < 0 || *seed > kLargestSeed) {
      problems.push_back(
          {item.mark, fmt::format("a seed must be between 0 and {}, found {}", kLargestSeed, item.scalar), ""});
    } else if (!seen.insert(*seed).second) {
      problems.push_back(
          {item.mark, fmt::format("seed {} is listed twice", *seed), "it would train the same trials again"});
    } else {
      seeds.push_back(*seed);
    }
  }
  if (list.items.empty()) problems.push_back({list.mark, "seeds is empty, so there is nothing to train", "seeds: 1"});
  return seeds;
}

std::vector<std::int64_t> read_seeds(const Node* node, std::vector<Problem>& problems) {
  if (node == nullptr) return {1};
  if (node->is_list()) return read_seed_list(*node, problems);
  const auto count = integer_of(*node);
  if (!count) {
    problems.push_back({node->mark,
                        fmt::format("seeds must be a whole number or a list of them, found {}", describe(*node)),
                        integer_hint(*node)});
    return {1};
  }
  if (*count < 1) {
    problems.push_back({node->mark, fmt::format("seeds must be at least 1, found {}", *count),
                        *count == 0 ? "seeds: 3 means seeds 1, 2 and 3; for the one seed 0, write [0]" : ""});
    return {1};
  }
  std::vector<std::int64_t> seeds(static_cast<std::size_t>(std::min<std::int64_t>(*count, kMostTrials + 1)));
  for (std::size_t i = 0; i < seeds.size(); ++i) seeds[i] = static_cast<std::int64_t>(i) + 1;
  return seeds;
}

// Parts the suite's own keys from those of a trial.
void part(const Node& whole, Draft& draft, std::vector<Problem>& problems) {
  draft.top.kind = draft.settings.kind = Node::Kind::map;
  draft.top.mark = draft.settings.mark = whole.mark;
  for (const auto& entry : whole.entries) {
    const bool own = std::find(kSuiteKeys.begin(), kSuiteKeys.end(), entry.key) != kSuiteKeys.end();
    if (entry.key == "seed") {
      problems.push_back({entry.mark, "unknown key 'seed'",
                          "did you mean 'seeds'? seeds: 3 trains with seeds 1, 2 and 3; seeds: [7] with seed 7 alone"});
    } else if (entry.key == "bench") {
      problems.push_back({entry.mark, "this is a benchmark of norms, not a suite of trials", "`bnexp bench` runs it"});
    } else {
      (own ? draft.top : draft.settings).entries.push_back(entry);
    }
  }
}

bool related(const std::string& a, const std::string& b) {
  return a == b || a.starts_with(b + ".") || b.starts_with(a + ".");
}

// A rule on a key that doesn't vary is a slip, unless a later layer took the key out of the sweep.
void check_rule_keys(Draft& draft, std::vector<Problem>& problems) {
  const auto columns = draft.sweep.columns();
  std::vector<std::string> swept;
  for (const auto* column : columns) swept.push_back(column->key);
  for (const auto& rule : draft.sweep.exclude) {
    for (const auto& condition : rule.conditions) {
      const auto is_it = [&](const std::string& key) { return related(key, condition.key); };
      if (std::any_of(swept.begin(), swept.end(), is_it)) continue;
      problems.push_back({condition.mark,
                          fmt::format("{} is not swept, so no rule can depend on it", printable(condition.key)),
                          swept.empty() ? "nothing is swept" : fmt::format("swept: {}", fmt::join(swept, ", "))});
    }
  }
}

// Whether some layer above the rules changes what is swept: then a rule may have become idle, and that is no slip.
bool narrowed(const Draft& draft) {
  const Node* sweep = draft.top.find("sweep");
  const Node* exclude = sweep == nullptr ? nullptr : sweep->find("exclude");
  if (exclude == nullptr) return false;
  const int own = draft.layers.of(exclude->mark);
  for (int i = own + 1; i < static_cast<int>(draft.layers.all.size()); ++i) {
    if (draft.layers.all[static_cast<std::size_t>(i)].tree.find("sweep") != nullptr) return true;
  }
  return false;
}

}  // namespace

void finish_head(const std::filesystem::path& file, const Node& top, SuiteHead& head, std::vector<Problem>& problems) {
  const Node* suite = top.find("suite");
  const std::string rule =
      fmt::format("letters, digits, '_', '-' and '.', no '.' at the start, at most {} of them", kLongestName);
  if (!head.suite.empty() && !is_file_safe(head.suite)) {
    problems.push_back({suite->mark, fmt::format("suite '{}' cannot name a folder", printable(head.suite)), rule});
  }
  if (suite == nullptr) {
    head.suite = file.stem().string();
    if (!is_file_safe(head.suite)) {
      problems.push_back({top.mark, fmt::format("the file's name '{}' cannot name a suite", printable(head.suite)),
                          fmt::format("rename it, or add suite: NAME ({})", rule)});
    }
  }
}

bool read_draft(const std::filesystem::path& file, const std::vector<std::string>& overrides, Draft& draft,
                std::vector<Problem>& problems) {
  if (!read_layers(file, overrides, draft.merger, draft.layers, problems)) return false;
  part(flatten(draft.layers, draft.merger), draft, problems);
  NodeReader reader(draft.top, problems);
  draft.head.fields(reader);
  finish_head(file, draft.top, draft.head, problems);
  draft.seeds = read_seeds(draft.top.find("seeds"), problems);
  if (const Node* sweep = draft.top.find("sweep")) draft.sweep = read_sweep(*sweep, draft.merger, problems);
  draft.idle_rules_allowed = narrowed(draft);
  if (!draft.idle_rules_allowed) check_rule_keys(draft, problems);
  return true;
}

DraftArm read_arm(const Draft& draft, std::size_t combination) {
  DraftArm arm;
  arm.rows = draft.sweep.rows(combination);
  arm.tree = arm_tree(draft.settings, draft.sweep, arm.rows, draft.merger);
  NodeReader reader(arm.tree, arm.problems);
  arm.spec.fields(reader);
  reader.refuse_unknown({kSuiteKeys.begin(), kSuiteKeys.end()});
  arm.settings = arm.problems.empty() ? to_json(arm.spec) : to_json(arm.tree);
  return arm;
}

}  // namespace bnexp::config
