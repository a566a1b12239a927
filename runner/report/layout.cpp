#include "report/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

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

Facet facet_of(const Analysis& analysis, const Key* key, const analysis::Group& group, const Page& page) {
  std::vector<std::string> title;
  for (const auto& part : {group.label, page.title}) {
    if (!part.empty()) title.push_back(part);
  }
  Facet facet{join(title, "; "), {}, {}};
  for (const Arm* arm : group.arms) {
    const std::size_t level = key ? key->level_of(arm->values) : 0;
    const auto place = static_cast<std::size_t>(std::ranges::find(page.levels, level) - page.levels.begin());
    ColoredArm colored{arm, analysis.index_of(arm), level, level_label(key, level), muted_look()};
    if (place < page.levels.size()) {
      colored.look = key && key->ordered ? ramp_look(place, page.levels.size()) : category_look(place);
      facet.arms.push_back(std::move(colored));
    } else if (key && level == key->levels.size()) {
      facet.arms.push_back(std::move(colored));  // the arm doesn't have the key
    } else {
      facet.context.push_back(std::move(colored));
    }
  }
  const auto place_of = [&](const ColoredArm& one) { return std::ranges::find(page.levels, one.level); };
  std::stable_sort(facet.arms.begin(), facet.arms.end(),
                   [&](const ColoredArm& a, const ColoredArm& b) { return place_of(a) < place_of(b); });
  return facet;
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
    for (const auto& page : pages) facets.all.push_back(facet_of(analysis, layout.color, group, page));
  }
  facets.shown = std::min(limit, facets.all.size());
  facets.shared_legend = pages.size() < 2;
  if (facets.shown < facets.all.size()) facets.note = left_out(facets);
  return facets;
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
