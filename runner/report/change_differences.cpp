#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "report/change_words.h"
#include "report/provenance.h"
#include "report/words.h"

namespace bnexp::report {
namespace {

constexpr std::size_t kShownSettings = 12;
constexpr std::size_t kShownNames = 3;

std::string arrow(const std::string& a, const std::string& b) { return a + " \u2192 " + b; }

// The first of `names`, and how many more there are.
std::string shortened(std::vector<std::string> names, std::size_t most, const std::string& separator) {
  if (names.empty()) return "none";
  const std::size_t left_out = names.size() - std::min(names.size(), most);
  names.resize(names.size() - left_out);
  if (left_out > 0) names.push_back(fmt::format("and {} more", left_out));
  return join(names, separator);
}

std::string setting_text(const std::optional<Json>& value) { return value ? value_text(*value) : "no such setting"; }

std::string fact_values(const std::string& key, const std::map<Json, std::size_t>& records) {
  constexpr std::size_t kRevision = 12;  // digits of a revision
  std::vector<std::string> values;
  for (const auto& [value, n] : records) {
    const std::string text = fact_value(key, value);
    values.push_back(key == "git" ? text.substr(0, kRevision) : text);
  }
  return shortened(values, kShownNames, " and ");
}

std::string data_values(const std::vector<analysis::DataFact>& sets) {
  constexpr std::size_t kDigits = 8;  // of a checksum
  std::vector<std::string> values;
  for (const auto& set : sets)
    values.push_back(fmt::format("{} ({}, SHA-256 {})", set.name, image_counts(set), set.sha256.substr(0, kDigits)));
  return shortened(values, kShownNames, " and ");
}

std::set<std::int64_t> seeds_of(const std::vector<analysis::ArmPair>& pairs,
                                const analysis::Arm* analysis::ArmPair::*side) {
  std::set<std::int64_t> seeds;
  for (const auto& pair : pairs) {
    for (const auto& trial : (pair.*side)->trials) seeds.insert(trial.seed);
  }
  return seeds;
}

std::string seeds_text(const std::set<std::int64_t>& seeds) {
  constexpr std::size_t kListed = 8;
  std::vector<std::string> numbers;
  for (const auto seed : seeds) numbers.push_back(std::to_string(seed));
  return shortened(numbers, kListed, ", ");
}

std::string arms_text(const std::vector<const analysis::Arm*>& arms) {
  std::vector<std::string> labels;
  for (const analysis::Arm* arm : arms) labels.push_back(arm->label);
  return plural(arms.size(), "arm") + ": " + shortened(labels, kShownNames, "; ");
}

}  // namespace

std::vector<std::pair<analysis::SettingChange, std::size_t>> counted_settings(const analysis::Changes& changes) {
  std::vector<std::pair<analysis::SettingChange, std::size_t>> counted;
  std::map<std::string, std::size_t> places;
  for (const auto& pair : changes.matching.pairs) {
    for (const auto& change : pair.settings) {
      Json identity{change.key, Json::array(), Json::array()};
      if (change.a) identity[1].push_back(*change.a);
      if (change.b) identity[2].push_back(*change.b);
      const auto [place, is_new] = places.emplace(to_line(identity), counted.size());
      if (is_new) counted.emplace_back(change, 0);
      ++counted[place->second].second;
    }
  }
  std::ranges::stable_sort(counted, {}, [](const auto& one) { return one.first.key; });
  return counted;
}

std::vector<std::pair<std::string, std::string>> what_differs(const analysis::Changes& changes) {
  std::vector<std::pair<std::string, std::string>> result;
  const auto add = [&](const std::string& name, const std::string& text) { result.emplace_back(name, text); };
  if (changes.a->suite != changes.b->suite) add("suite", arrow(changes.a->suite, changes.b->suite));
  const std::size_t arms = changes.matching.pairs.size();
  const auto settings = counted_settings(changes);
  for (std::size_t i = 0; i < std::min(settings.size(), kShownSettings); ++i) {
    const auto& [setting, n] = settings[i];
    add(setting.key, arrow(setting_text(setting.a), setting_text(setting.b)) +
                         (n == arms ? "" : fmt::format(" in {} of {} arms", n, arms)));
  }
  if (settings.size() > kShownSettings)
    add("other settings", plural(settings.size() - kShownSettings, "more difference"));
  if (!changes.data_a.empty() || !changes.data_b.empty())
    add("data", arrow(data_values(changes.data_a), data_values(changes.data_b)));
  for (const auto& fact : changes.facts)
    add(fact.label, arrow(fact_values(fact.key, fact.a), fact_values(fact.key, fact.b)));
  const auto seeds_a = seeds_of(changes.matching.pairs, &analysis::ArmPair::a);
  const auto seeds_b = seeds_of(changes.matching.pairs, &analysis::ArmPair::b);
  if (seeds_a != seeds_b) add("seeds", arrow(seeds_text(seeds_a), seeds_text(seeds_b)));
  if (!changes.matching.only_a.empty()) add("only in A", arms_text(changes.matching.only_a));
  if (!changes.matching.only_b.empty()) add("only in B", arms_text(changes.matching.only_b));
  return result;
}

}  // namespace bnexp::report
