#include "analysis/pairs.h"

#include <algorithm>

#include "analysis/ranking.h"

namespace bnexp::analysis {
namespace {

bool related(const std::string& a, const std::string& b) {
  return a == b || a.starts_with(b + ".") || b.starts_with(a + ".");
}

}  // namespace

std::vector<const Key*> keys_not_named(const Results& results, const std::vector<std::string>& named) {
  std::vector<const Key*> keys;
  for (const auto& key : results.keys) {
    const bool is_named = std::ranges::any_of(key.paths, [&](const auto& path) {
      return std::ranges::any_of(named, [&](const auto& name) { return related(path, name); });
    });
    if (!is_named) keys.push_back(&key);
  }
  return keys;
}

std::vector<Pair> matched_pairs(const std::vector<const Arm*>& arms, const std::vector<const Arm*>& bases,
                                const std::vector<const Key*>& shared) {
  std::vector<Pair> pairs;
  for (const Arm* arm : arms) {
    for (const Arm* base : bases) {
      const auto is_equal = [&](const Key* key) { return key->level_of(arm->values) == key->level_of(base->values); };
      if (arm != base && std::ranges::all_of(shared, is_equal)) {
        pairs.push_back({label_of(shared, arm->values), arm, base});
      }
    }
  }
  return pairs;
}

std::optional<Pair> best_pair(const std::vector<const Arm*>& arms, const std::vector<const Arm*>& bases) {
  const auto best = rank(arms).arms, base = rank(bases).arms;
  if (best.empty() || base.empty()) return std::nullopt;
  return Pair{"", best.front(), base.front()};
}

}  // namespace bnexp::analysis
