#include "report/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/text.h"

namespace bnexp::report {

Layout curve_layout(const Analysis& analysis) {
  Layout layout;
  const Key* rate = analysis.rate;
  for (const auto& key : analysis.results.keys) {
    const auto worth = [&](const Key* k) { return std::tuple(k == rate, k->ordered, k->levels.size()); };
    if (!layout.color || worth(&key) > worth(layout.color)) layout.color = &key;
  }
  layout.facets = analysis::other_keys(analysis.results, {layout.color});
  return layout;
}

std::string level_color(const Key* key, std::size_t level) {
  if (!key) return "$category/0";
  if (key->ordered || key->levels.size() > 8) return fmt::format("$ramp/{}/{}", level, key->levels.size());
  return fmt::format("$category/{}", level);
}

std::string level_label(const Key* key, std::size_t level) {
  return key && level < key->levels.size() ? value_text(key->levels[level]) : "all";
}

Facets facets_of(const Analysis& analysis, const Layout& layout, std::size_t limit) {
  Facets facets;
  std::set<std::size_t> levels;
  const std::size_t count = layout.color ? layout.color->levels.size() : 1;
  const std::size_t shown_levels = std::min(count, kMaxColors);
  for (std::size_t i = 0; i < shown_levels; ++i) {
    levels.insert(shown_levels < 2 ? 0 : (i * (count - 1) + (shown_levels - 1) / 2) / (shown_levels - 1));
  }
  std::vector<std::string> notes;
  if (levels.size() < count) {
    notes.push_back(
        fmt::format("{} of {} levels of {} are drawn, evenly spread.", levels.size(), count, layout.color->name));
  }
  auto groups = analysis::group_by(analysis.results, layout.facets);
  if (groups.size() > limit) {
    notes.push_back(
        fmt::format("{} of {} combinations are drawn, those with the most accurate arms.", limit, groups.size()));
    std::map<const Arm*, std::size_t> place;
    for (const Arm* arm : analysis.ranking.arms) place.emplace(arm, place.size());
    const auto best = [&](const analysis::Group& group) {
      std::size_t least = analysis.results.arms.size();
      for (const Arm* arm : group.arms) {
        if (place.contains(arm)) least = std::min(least, place.at(arm));
      }
      return least;
    };
    std::stable_sort(groups.begin(), groups.end(), [&](const auto& a, const auto& b) { return best(a) < best(b); });
    groups.resize(limit);
  }
  for (const auto& group : groups) {
    Facet facet{group.label, {}};
    for (const Arm* arm : group.arms) {
      const std::size_t level = layout.color ? layout.color->level_of(arm->values) : 0;
      if (!levels.contains(level)) continue;
      facet.arms.push_back(
          {arm, analysis.index_of(arm), level_label(layout.color, level), level_color(layout.color, level)});
    }
    if (layout.color) {
      std::stable_sort(facet.arms.begin(), facet.arms.end(), [&](const ColoredArm& a, const ColoredArm& b) {
        return layout.color->level_of(a.arm->values) < layout.color->level_of(b.arm->values);
      });
    }
    facets.shown.push_back(std::move(facet));
  }
  facets.note = join(notes, " ");
  return facets;
}

std::vector<LegendItem> legend_of(const Facets& facets) {
  std::vector<LegendItem> legend;
  std::map<std::string, std::size_t> seen;
  std::size_t most = 0;
  for (const auto& facet : facets.shown) most = std::max(most, facet.arms.size());
  for (const auto& facet : facets.shown) {
    for (const auto& arm : facet.arms) {
      if (most > 1 && seen.emplace(arm.color, legend.size()).second) legend.push_back({arm.label, arm.color});
    }
  }
  return legend;
}

}  // namespace bnexp::report
