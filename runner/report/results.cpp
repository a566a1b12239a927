#include "report/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/text.h"

namespace bnexp::report {
namespace {

// Order of train::kStatusNames, then what has no record.
std::vector<std::string> status_order() {
  std::vector<std::string> names;
  for (const auto& [status, name] : train::kStatusNames) names.emplace_back(name);
  names.emplace_back("missing");
  return names;
}

// The shortest dotted tail of `path` that no other path ends with.
std::string shortest_tail(const std::string& path, const std::vector<std::string>& paths) {
  for (std::size_t dot = path.rfind('.'); dot != std::string::npos && dot > 0; dot = path.rfind('.', dot - 1)) {
    const std::string tail = path.substr(dot);
    const auto shares = [&](const std::string& other) {
      return other != path && (other.ends_with(tail) || other == tail.substr(1));
    };
    if (std::none_of(paths.begin(), paths.end(), shares)) return tail.substr(1);
  }
  return path;
}

std::vector<Key> find_keys(const std::vector<std::string>& swept, const std::vector<Arm>& arms) {
  std::vector<Key> keys;
  for (const auto& path : swept) {
    Key key;
    key.path = path;
    key.name = shortest_tail(path, swept);
    for (const auto& arm : arms) {
      if (!arm.values.contains(path)) continue;
      const Json& value = arm.values.at(path);
      if (std::find(key.levels.begin(), key.levels.end(), value) == key.levels.end()) key.levels.push_back(value);
    }
    if (key.levels.size() < 2) continue;
    const auto is_number = [](const Json& level) { return level.is_number(); };
    const auto is_ordered = [](const Json& level) { return level.is_number() || level.is_null(); };
    key.numeric = std::all_of(key.levels.begin(), key.levels.end(), is_number);
    key.ordered = std::all_of(key.levels.begin(), key.levels.end(), is_ordered);
    if (key.ordered) {
      std::sort(key.levels.begin(), key.levels.end(), [](const Json& a, const Json& b) {
        if (a.is_null() || b.is_null()) return b.is_null() && !a.is_null();
        return a.get<double>() < b.get<double>();
      });
    }
    if (key.numeric) {
      const double low = key.levels.front().get<double>(), high = key.levels.back().get<double>();
      key.logarithmic = low > 0 && (high / low >= 20 || key.name == "lr" || key.name.ends_with(".lr"));
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

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

// Arms that share a label but not their settings are told apart by what differs, as if it had been swept.
void tell_apart(std::vector<Derived>& derived) {
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

// Arms as the records know them: one for each distinct settings, seed aside, on one data set.
void derive_arms(Results& results) {
  std::map<std::string, Derived> groups;
  for (const auto& record : results.records) {
    Json settings = record.settings;
    settings.erase("seed");
    Json flat = settings.flatten();
    flat["/data/sha256"] = record.result.data.value("sha256", "");
    Derived& group = groups[flat.dump(-1, ' ', false, Json::error_handler_t::replace)];
    group.arm.label = record.arm;
    group.arm.values = record.arm_values;
    group.arm.trials.push_back({record.trial, record.seed, &record});
    group.settings = std::move(flat);
  }
  std::vector<Derived> derived;
  for (auto& [identity, group] : groups) derived.push_back(std::move(group));
  tell_apart(derived);
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
  results.keys = find_keys({paths.begin(), paths.end()}, results.arms);
  if (!results.records.empty()) results.suite = results.records.front().suite;
}

void place_records(Results& results, const store::Manifest& manifest) {
  std::map<std::string, const store::Record*> by_trial;
  for (const auto& record : results.records) by_trial[record.trial] = &record;
  for (const auto& arm : manifest.arms) results.arms.push_back({arm.label, arm.values, {}});
  std::set<std::string> used;
  for (const auto& trial : manifest.trials) {
    if (trial.arm >= results.arms.size()) {
      throw environment_error(fmt::format("the plan of suite '{}' gives trial {} to arm {} of {}", manifest.name,
                                          trial.trial, trial.arm + 1, results.arms.size()),
                              "remove suite.json; the report can be built from the records alone");
    }
    const auto found = by_trial.find(trial.trial);
    results.arms[trial.arm].trials.push_back(
        {trial.trial, trial.seed, found == by_trial.end() ? nullptr : found->second});
    if (found != by_trial.end()) used.insert(trial.trial);
  }
  results.planned = true;
  results.outside_plan = results.records.size() - used.size();
  results.suite = manifest.name;
  results.question = manifest.question;
  results.file = manifest.file;
  results.overrides = manifest.overrides;
  results.keys = find_keys(manifest.swept, results.arms);
}

}  // namespace

std::size_t Key::level_of(const Json& values) const {
  const auto value = values.find(path);
  if (value == values.end()) return levels.size();
  return static_cast<std::size_t>(std::find(levels.begin(), levels.end(), *value) - levels.begin());
}

std::string Trial::status() const { return record ? train::to_string(record->result.status) : "missing"; }

bool Trial::ok() const { return record && record->result.status == train::Status::ok; }

std::optional<double> Trial::metric(const std::string& name) const {
  if (!ok()) return std::nullopt;
  const auto value = record->result.metrics.find(name);
  if (value == record->result.metrics.end() || !value->is_number()) return std::nullopt;
  return value->get<double>();
}

std::size_t Arm::count(const std::string& status) const {
  return static_cast<std::size_t>(
      std::count_if(trials.begin(), trials.end(), [&](const Trial& trial) { return trial.status() == status; }));
}

std::map<std::int64_t, double> Arm::by_seed(const std::string& name) const {
  std::map<std::int64_t, double> result;
  for (const auto& trial : trials) {
    if (const auto value = trial.metric(name)) result.emplace(trial.seed, *value);
  }
  return result;
}

Estimate Arm::metric(const std::string& name) const {
  std::vector<double> of_trials;
  for (const auto& trial : trials) {
    if (const auto value = trial.metric(name)) of_trials.push_back(*value);
  }
  return estimate(of_trials);
}

Estimate Arm::wall_seconds() const {
  std::vector<double> of_trials;
  for (const auto& trial : trials) {
    if (trial.ok() && trial.record->result.timing.contains("wall_s")) {
      of_trials.push_back(trial.record->result.timing["wall_s"].get<double>());
    }
  }
  return estimate(of_trials);
}

std::string Arm::statuses() const {
  std::vector<std::string> parts;
  for (const auto& status : status_order()) {
    if (const std::size_t n = count(status)) parts.push_back(fmt::format("{} {}/{}", status, n, trials.size()));
  }
  return join(parts, ", ");
}

std::size_t Results::trials() const {
  std::size_t total = 0;
  for (const auto& arm : arms) total += arm.trials.size();
  return total;
}

std::map<std::string, std::size_t> Results::statuses() const {
  std::map<std::string, std::size_t> result;
  for (const auto& arm : arms) {
    for (const auto& trial : arm.trials) ++result[trial.status()];
  }
  return result;
}

Results gather(const std::optional<store::Manifest>& manifest, std::vector<store::Record> records) {
  Results results;
  std::sort(records.begin(), records.end(),
            [](const store::Record& a, const store::Record& b) { return a.trial < b.trial; });
  results.records = std::move(records);
  if (manifest) {
    place_records(results, *manifest);
  } else {
    derive_arms(results);
  }
  return results;
}

std::vector<Group> group_by(const Results& results, const std::vector<const Key*>& keys) {
  std::map<std::vector<std::size_t>, Group> groups;
  for (const auto& arm : results.arms) {
    std::vector<std::size_t> place;
    for (const Key* key : keys) place.push_back(key->level_of(arm.values));
    Group& group = groups[place];
    if (group.arms.empty()) group.label = label_of(keys, arm.values);
    group.arms.push_back(&arm);
  }
  std::vector<Group> result;
  for (auto& [place, group] : groups) result.push_back(std::move(group));
  return result;
}

std::string value_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return shortest(value.get<double>());
  if (value.is_array()) {
    std::vector<std::string> items;
    for (const auto& item : value) items.push_back(value_text(item));
    return "[" + join(items, ", ") + "]";
  }
  if (value.is_object()) {
    std::vector<std::string> items;
    for (const auto& [key, item] : value.items()) {
      if (key != "name") items.push_back(key + "=" + value_text(item));
    }
    const std::string inner = join(items, ", ");
    if (!value.contains("name")) return "{" + inner + "}";
    return value_text(value["name"]) + (inner.empty() ? "" : "(" + inner + ")");
  }
  return value.dump();
}

std::string label_of(const std::vector<const Key*>& keys, const Json& values) {
  std::vector<std::string> parts;
  for (const Key* key : keys) {
    const auto value = values.find(key->path);
    if (value != values.end()) parts.push_back(key->name + "=" + value_text(*value));
  }
  return join(parts, ", ");
}

}  // namespace bnexp::report
