#include "analysis/pairs.h"

#include <algorithm>
#include <map>

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
  const auto levels_of = [&](const Arm& arm) {
    std::vector<std::size_t> levels;
    for (const Key* key : shared) levels.push_back(key->level_of(arm.values));
    return levels;
  };
  std::map<std::vector<std::size_t>, std::vector<const Arm*>> by_levels;
  for (const Arm* base : bases) by_levels[levels_of(*base)].push_back(base);
  std::vector<Pair> pairs;
  for (const Arm* arm : arms) {
    const auto equal = by_levels.find(levels_of(*arm));
    if (equal == by_levels.end()) continue;
    for (const Arm* base : equal->second) {
      if (arm != base) pairs.push_back({label_of(shared, arm->values), arm, base});
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
