#include "store/one_sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "config/settings/identity.h"

namespace bnexp::store {
namespace {

struct Setting {
  std::string key;  // dotted
  Json a, b;
};

// Adds the settings that differ. Two variants with other names differ in that alone.
void add_differing(const std::string& key, const Json& a, const Json& b, std::vector<Setting>& found) {
  if (a == b) return;
  if (!a.is_object() || !b.is_object()) return found.push_back({key, a, b});
  const auto at = [&](const std::string& member) {
    add_differing(key.empty() ? member : key + "." + member, a.value(member, Json()), b.value(member, Json()), found);
  };
  if (a.value("name", Json()) != b.value("name", Json())) return at("name");
  std::set<std::string> members;
  for (const Json* both : {&a, &b}) {
    for (const auto& [member, value] : both->items()) members.insert(member);
  }
  std::ranges::for_each(members, at);
}

std::vector<Setting> differing_settings(const Manifest::Arm& a, const Manifest::Arm& b) {
  std::vector<Setting> found;
  add_differing("", config::identity(a.settings), config::identity(b.settings), found);
  return found;
}

// Whether one of the swept keys decides a setting. The key norm.name decides all of the norm, and train.epochs decides
// train.steps.
bool is_swept(const std::string& setting, const std::vector<std::string>& swept) {
  constexpr std::string_view kName = ".name";
  const auto budget = [](const std::string& key) { return key == "train.steps" ? "train.epochs" : key; };
  return std::ranges::any_of(swept, [&](const std::string& key) {
    const std::string whole = key.ends_with(kName) ? key.substr(0, key.size() - kName.size()) : key;
    return budget(setting) == budget(key) || setting == whole || setting.starts_with(whole + ".");
  });
}

bool has_settings(const Manifest& plan) {
  return std::ranges::all_of(plan.arms, [](const auto& arm) { return arm.settings.is_object(); });
}

class Differences {
 public:
  Differences(const NamedPlan& a, const NamedPlan& b) : a_(a), b_(b) {}

  std::vector<std::string> find() {
    const Manifest &a = a_.plan, &b = b_.plan;
    compare("the question", "'" + a.question + "'", "'" + b.question + "'");
    if (a.swept != b.swept) {
      add("{} sweeps {}, and {} sweeps {}", a_.store, keys_text(a.swept), b_.store, keys_text(b.swept));
    }
    compare("sweep.zip", keys_text(a.zipped), keys_text(b.zipped));
    compare("chance_accuracy", a.thresholds.chance, b.thresholds.chance);
    compare("trains_above", a.thresholds.trains, b.thresholds.trains);
    const Json of_a = config::to_json(a.compare), of_b = config::to_json(b.compare);
    for (const auto& [key, value] : of_a.items()) compare("compare." + key, value, of_b.at(key));
    compare("--until-decided", looks_text(a.looks), looks_text(b.looks));
    if (a.claims != b.claims) add("the claims of {} and {} differ", a_.store, b_.store);
    if (reasons_.empty()) settings();
    return std::move(reasons_);
  }

 private:
  template <class... Arguments>
  void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    reasons_.push_back(fmt::format(format, std::forward<Arguments>(arguments)...));
  }

  void compare(const std::string& what, const Json& a, const Json& b) {
    if (a != b) add("{} is {} in {}, and {} in {}", what, value_text(a), a_.store, value_text(b), b_.store);
  }

  static std::string keys_text(const std::vector<std::string>& keys) {
    return keys.empty() ? "nothing" : join(keys, ", ");
  }

  static std::string looks_text(const std::optional<Looks>& looks) {
    return looks ? fmt::format("from {} to {} seeds", looks->first, looks->most) : "not used";
  }

  void settings() {
    for (const auto* one : {&a_, &b_}) {
      if (has_settings(one->plan)) continue;
      return add("the plan in {} is of an older version and has no settings; run its suite once to write it again",
                 one->store);
    }
    if (a_.plan.arms.empty() || b_.plan.arms.empty()) return;
    for (const auto& [key, a, b] : differing_settings(a_.plan.arms.front(), b_.plan.arms.front())) {
      if (!is_swept(key, a_.plan.swept)) compare(key, a, b);
    }
    if (reasons_.empty()) shared_arms();
    if (reasons_.empty()) data();
  }

  // Arms with the same swept values have the same settings: what a suite sets for one name of a variant may differ.
  void shared_arms() {
    std::map<Json, const Manifest::Arm*> arms;
    for (const auto& arm : a_.plan.arms) arms.emplace(arm.values, &arm);
    for (const auto& arm : b_.plan.arms) {
      const auto same = arms.find(arm.values);
      if (same == arms.end()) continue;
      for (const auto& [key, a, b] : differing_settings(*same->second, arm)) {
        compare(fmt::format("{} of {}", key, arm.label), a, b);
      }
      if (!reasons_.empty()) return;
    }
  }

  void data() {
    std::map<Json, Json> checksums;  // by the settings of a data set
    for (const auto& arm : a_.plan.arms) checksums.emplace(arm.settings.at("data"), arm.data_sha256);
    for (const auto& arm : b_.plan.arms) {
      const auto same = checksums.find(arm.settings.at("data"));
      if (same == checksums.end() || same->second == arm.data_sha256) continue;
      return compare("the checksum of the data", same->second, arm.data_sha256);
    }
  }

  const NamedPlan& a_;
  const NamedPlan& b_;
  std::vector<std::string> reasons_;
};

}  // namespace

std::vector<std::string> sweep_differences(const NamedPlan& a, const NamedPlan& b) { return Differences(a, b).find(); }

}  // namespace bnexp::store
