#include <algorithm>
#include <set>
#include <tuple>

#include "analysis/gathering.h"

namespace bnexp::analysis {
namespace {

// "/train/steps" as "train.steps".
std::string dotted(const std::string& pointer) {
  std::string key = pointer.substr(1);
  std::replace(key.begin(), key.end(), '/', '.');
  return key;
}

struct Derived {
  Arm arm;
  Json settings;  // flattened: JSON pointer -> leaf
};

// Arms with one label but different settings are distinguished by the settings that differ, as if these were swept.
void distinguish(std::vector<Derived>& derived) {
  std::map<std::string, std::vector<Derived*>> by_label;
  for (auto& one : derived) by_label[one.arm.label].push_back(&one);
  std::set<std::string> differing;
  for (const auto& [label, same] : by_label) {
    for (const Derived* one : same) {
      for (const auto& [pointer, value] : one->settings.items()) {
        if (same.front()->settings.value(pointer, Json()) != value) differing.insert(pointer);
      }
      for (const auto& [pointer, value] : same.front()->settings.items()) {
        if (one->settings.value(pointer, Json()) != value) differing.insert(pointer);
      }
    }
  }
  for (auto& [label, same] : by_label) {
    for (Derived* one : same) {
      for (const auto& pointer : differing) {
        const Json value = one->settings.value(pointer, Json());
        one->arm.values[dotted(pointer)] = value;
        if (same.size() > 1) one->arm.label += ", " + dotted(pointer) + "=" + value_text(value);
      }
    }
  }
}

}  // namespace

void derive_arms(Results& results) {
  std::map<std::string, Derived> groups;
  for (const auto& record : results.records) {
    Json settings = record.settings;
    settings.erase("seed");
    Json flat = settings.empty() ? Json::object() : settings.flatten();
    const auto checksum = record.result.data.find("sha256");
    flat["/data/sha256"] = checksum == record.result.data.end() ? Json("") : *checksum;
    Derived& group = groups[flat.dump(-1, ' ', false, Json::error_handler_t::replace)];
    group.arm.label = record.arm;
    group.arm.values = record.arm_values;
    group.arm.trials.push_back({record.trial, record.seed, &record});
    group.settings = std::move(flat);
  }
  std::vector<Derived> derived;
  for (auto& [identity, group] : groups) derived.push_back(std::move(group));
  distinguish(derived);
  std::set<std::string> paths;
  for (auto& [arm, settings] : derived) {
    std::sort(arm.trials.begin(), arm.trials.end(),
              [](const Trial& a, const Trial& b) { return std::tie(a.seed, a.id) < std::tie(b.seed, b.id); });
    for (const auto& [path, value] : arm.values.items()) paths.insert(path);
    results.arms.push_back(std::move(arm));
  }
  std::stable_sort(results.arms.begin(), results.arms.end(), [](const Arm& a, const Arm& b) {
    return std::tie(a.values, a.label) < std::tie(b.values, b.label);
  });
  results.keys = find_keys({paths.begin(), paths.end()}, {}, results.arms);
  if (!results.records.empty()) results.suite = results.records.front().suite;
}

}  // namespace bnexp::analysis
