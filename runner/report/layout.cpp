#include "report/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>
#include <set>

#include "base/text.h"
#include "report/words.h"

namespace bnexp::report {
namespace {

constexpr std::size_t kNamedFrames = 12;  // as many left-out frames a note names

// The place of the best of `arms` in the ranking; arms that aren't ranked come last.
class Places {
 public:
  explicit Places(const Analysis& analysis) : last_(analysis.results.arms.size()) {
    for (const Arm* arm : analysis.ranking.arms) places_.emplace(arm, places_.size());
  }

  std::size_t best(const std::vector<const Arm*>& arms) const {
    std::size_t least = last_;
    for (const Arm* arm : arms) {
      if (const auto place = places_.find(arm); place != places_.end()) least = std::min(least, place->second);
    }
    return least;
  }

 private:
  std::map<const Arm*, std::size_t> places_;
  std::size_t last_;
};

// The levels that share a frame.
struct Page {
  std::vector<std::size_t> levels;
  std::string title;  // empty if there is one page
};

std::vector<Page> pages_of(const Analysis& analysis, const Key* key, const Places& places) {
  std::vector<std::size_t> levels(key ? key->levels.size() : 1);
  std::iota(levels.begin(), levels.end(), 0);
  const std::size_t count = (levels.size() + kLooks - 1) / kLooks;
  if (count < 2) return {{levels, ""}};
  if (!key->ordered) {
    std::vector<std::vector<const Arm*>> arms(levels.size() + 1);
    for (const auto& arm : analysis.results.arms) arms[key->level_of(arm.values)].push_back(&arm);
    std::stable_sort(levels.begin(), levels.end(),
                     [&](std::size_t a, std::size_t b) { return places.best(arms[a]) < places.best(arms[b]); });
  }
  std::vector<Page> pages;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t from = i * levels.size() / count, to = (i + 1) * levels.size() / count;
    Page& page = pages.emplace_back();
    page.levels.assign(levels.begin() + static_cast<std::ptrdiff_t>(from),
                       levels.begin() + static_cast<std::ptrdiff_t>(to));
    page.title = key->ordered ? fmt::format("{} {} to {}", key->name, level_label(key, page.levels.front()),
                                            level_label(key, page.levels.back()))
                              : fmt::format("{}: places {} to {} of {}", key->name, from + 1, to, levels.size());
  }
  return pages;
}

// The frames of one combination.
std::vector<Facet> facets_in(const Analysis& analysis, const Key* key, const analysis::Group& group,
                             const std::vector<Page>& pages, std::size_t combination) {
  std::vector<Facet> facets;
  std::vector<std::size_t> page_of(key ? key->levels.size() : 1);
  std::vector<std::size_t> place_of(page_of.size() + 1, kLooks);  // an arm without the key comes last
  for (const auto& page : pages) {
    std::vector<std::string> title;
    for (const auto& part : {group.label, page.title}) {
      if (!part.empty()) title.push_back(part);
    }
    for (std::size_t place = 0; place < page.levels.size(); ++place) {
      page_of[page.levels[place]] = facets.size();
      place_of[page.levels[place]] = place;
    }
    facets.push_back({join(title, "; "), {}, combination});
  }
  for (const Arm* arm : group.arms) {
    const std::size_t level = key ? key->level_of(arm->values) : 0;
    ColoredArm colored{arm, analysis.index_of(arm), level, level_label(key, level), muted_look()};
    if (level == page_of.size()) {
      for (auto& facet : facets) facet.arms.push_back(colored);
      continue;
    }
    const std::size_t page = page_of[level], place = place_of[level];
    colored.look = key && key->ordered ? ramp_look(place, pages[page].levels.size()) : category_look(place);
    facets[page].arms.push_back(std::move(colored));
  }
  for (auto& facet : facets) {
    std::ranges::stable_sort(facet.arms, {}, [&](const ColoredArm& one) { return place_of[one.level]; });
  }
  return facets;
}

std::string left_out(const Facets& facets) {
  std::vector<std::string> titles;
  for (std::size_t i = facets.shown; i < facets.all.size(); ++i) titles.push_back(facets.all[i].title);
  std::string names;
  if (titles.size() > kNamedFrames) {
    names = fmt::format(", and {} more", titles.size() - kNamedFrames);
    titles.resize(kNamedFrames);
  }
  return fmt::format(
      "{} of {} combinations are drawn, those with the most accurate arms. The table of values has all. Not drawn: "
      "{}{}.",
      facets.shown, facets.all.size(), join(titles, "; "), names);
}

}  // namespace

Layout curve_layout(const Analysis& analysis) {
  return {analysis.contrasted, analysis::other_keys(analysis.results, {analysis.contrasted})};
}

std::string level_label(const Key* key, std::size_t level) {
  if (!key) return "all";
  return level < key->levels.size() ? key->texts[level] : kNoValue;
}

Facets facets_of(const Analysis& analysis, const Layout& layout, std::size_t limit) {
  const Places places(analysis);
  const auto pages = pages_of(analysis, layout.color, places);
  auto groups = analysis::group_by(analysis.results, layout.facets);
  if (groups.size() * pages.size() > limit) {
    std::stable_sort(groups.begin(), groups.end(),
                     [&](const auto& a, const auto& b) { return places.best(a.arms) < places.best(b.arms); });
  }
  Facets facets;
  for (const auto& group : groups) {
    auto& arms = facets.combinations.emplace_back();
    for (const Arm* arm : group.arms) arms.push_back(analysis.index_of(arm));
    std::ranges::move(facets_in(analysis, layout.color, group, pages, facets.combinations.size() - 1),
                      std::back_inserter(facets.all));
  }
  facets.shown = std::min(limit, facets.all.size());
  facets.shared_legend = pages.size() < 2;
  if (facets.shown < facets.all.size()) facets.note = left_out(facets);
  return facets;
}

std::vector<std::size_t> context_of(const Facets& facets, const Facet& facet) {
  std::set<std::size_t> own;
  for (const auto& arm : facet.arms) own.insert(arm.index);
  std::vector<std::size_t> others;
  std::ranges::copy_if(facets.combinations[facet.combination], std::back_inserter(others),
                       [&](std::size_t arm) { return !own.contains(arm); });
  return others;
}

std::vector<LegendItem> legend_of(const Facets& facets, LegendItem::Mark mark) {
  if (!facets.shared_legend) return {};
  std::map<std::size_t, LegendItem> by_level;
  for (std::size_t i = 0; i < facets.shown; ++i) {
    for (const auto& arm : facets.all[i].arms) by_level.try_emplace(arm.level, LegendItem{arm.label, arm.look, mark});
  }
  std::vector<LegendItem> legend;
  for (auto& [level, item] : by_level) legend.push_back(std::move(item));
  return legend.size() > 1 ? legend : std::vector<LegendItem>{};
}

std::vector<LegendItem> legend_of(const Facets& facets, const Facet& facet, LegendItem::Mark mark) {
  std::vector<LegendItem> legend;
  if (facets.shared_legend) return legend;
  for (const auto& arm : facet.arms) legend.push_back({arm.label, arm.look, mark});
  return legend;
}

}  // namespace bnexp::report
