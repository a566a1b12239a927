#include "analysis/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis/gathering.h"
#include "base/error.h"
#include "base/text.h"

namespace bnexp::analysis {
namespace {

// Every member of an unexpected type becomes empty, so that readers need no check.
void make_readable(store::Record& record, Problems& problems) {
  const auto require = [&](Json& member, const char* name, bool right, const char* expected, Json empty) {
    if (right) return;
    problems.add(fmt::format("{} is {} instead of {}", name, type_text(member), expected), record.trial);
    member = std::move(empty);
  };
  train::TrialResult& result = record.result;
  for (const auto& [name, member] :
       std::initializer_list<std::pair<const char*, Json*>>{{"settings", &record.settings},
                                                            {"arm.values", &record.arm_values},
                                                            {"context", &record.context},
                                                            {"data", &result.data},
                                                            {"metrics", &result.metrics},
                                                            {"probes", &result.probes},
                                                            {"timing", &result.timing}}) {
    require(*member, name, member->is_object(), "an object", Json::object());
  }
  require(result.history, "history", result.history.is_array() || result.history.is_binary(), "a list", Json::array());
}

void place_records(Results& results, const store::Manifest& manifest) {
  std::map<std::string, const store::Record*> by_trial;
  for (const auto& record : results.records) by_trial[record.trial] = &record;
  for (const auto& arm : manifest.arms) {
    Arm& placed = results.arms.emplace_back();
    placed.label = arm.label;
    if (arm.values.is_object()) placed.values = arm.values;
    placed.settings = arm.settings;
  }
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
    if (found == by_trial.end()) continue;
    used.insert(trial.trial);
    // A plan of version 1 has no settings.
    Json& settings = results.arms[trial.arm].settings;
    if (settings.is_null()) settings = found->second->settings;
  }
  results.planned = true;
  results.outside_plan = results.records.size() - used.size();
  results.suite = manifest.name;
  results.question = manifest.question;
  results.file = manifest.file;
  results.overrides = manifest.overrides;
  results.keys = find_keys(manifest.swept, manifest.zipped, results.arms);
}

stats::Estimate mean_over_ok(const Arm& arm, const char* metric) {
  std::vector<double> values;
  for (const auto& trial : arm.trials) {
    if (const auto value = trial.metric(metric)) values.push_back(*value);
  }
  return stats::estimate(values);
}

void summarize(Arm& arm, Problems& problems) {
  std::vector<double> seconds;
  for (const auto& trial : arm.trials) {
    arm.counts.add(trial.outcome());
    if (!trial.ok()) continue;
    const Value timing(trial.record->result.timing, "timing", trial.id, problems);
    if (const auto wall = timing.find("wall_s").number()) seconds.push_back(*wall);
    const Value metrics(trial.record->result.metrics, "metrics", trial.id, problems);
    for (const char* name : {"test_accuracy", "test_loss", "validation_accuracy"}) metrics.find(name).number();
  }
  arm.test_accuracy = mean_over_ok(arm, "test_accuracy");
  arm.test_loss = mean_over_ok(arm, "test_loss");
  arm.validation_accuracy = mean_over_ok(arm, "validation_accuracy");
  arm.wall_seconds = stats::estimate(seconds);
}

}  // namespace

std::size_t Key::level_of(const Json& values) const {
  const auto value = values.find(path);
  if (value == values.end()) return levels.size();
  const auto place = places.find(*value);
  return place == places.end() ? levels.size() : place->second;
}

std::string Key::text_of(const Json& values) const {
  const std::size_t level = level_of(values);
  return level == levels.size() ? "" : texts[level];
}

std::optional<double> Trial::metric(const std::string& name) const {
  if (!ok()) return std::nullopt;
  const auto value = record->result.metrics.find(name);
  if (value == record->result.metrics.end() || !value->is_number()) return std::nullopt;
  return value->get<double>();
}

std::size_t Arm::open() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(trials, [](const Trial& trial) { return is_open(trial.outcome()); }));
}

std::size_t Arm::failed() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(trials, [](const Trial& trial) { return is_failure(trial.outcome()); }));
}

std::map<std::int64_t, double> Arm::by_seed(const std::string& name) const {
  std::map<std::int64_t, double> result;
  for (const auto& trial : trials) {
    if (const auto value = trial.metric(name)) result.emplace(trial.seed, *value);
  }
  return result;
}

std::vector<const Arm*> Results::all_arms() const {
  std::vector<const Arm*> all;
  for (const auto& arm : arms) all.push_back(&arm);
  return all;
}

Results gather(const std::optional<store::Manifest>& manifest, std::vector<store::Record> records) {
  Results results;
  std::sort(records.begin(), records.end(),
            [](const store::Record& a, const store::Record& b) { return a.trial < b.trial; });
  for (auto& record : records) make_readable(record, results.problems);
  results.records = std::move(records);
  if (manifest) {
    place_records(results, *manifest);
  } else {
    derive_arms(results);
  }
  for (auto& arm : results.arms) {
    summarize(arm, results.problems);
    results.trials += arm.trials.size();
    for (const auto& trial : arm.trials) results.counts.add(trial.outcome());
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

std::vector<const Key*> other_keys(const Results& results, const std::vector<const Key*>& without) {
  std::vector<const Key*> others;
  for (const auto& key : results.keys) {
    if (std::find(without.begin(), without.end(), &key) == without.end()) others.push_back(&key);
  }
  return others;
}

std::string label_of(const std::vector<const Key*>& keys, const Json& values) {
  std::vector<std::string> parts;
  for (const Key* key : keys) {
    if (!values.contains(key->path)) continue;
    parts.push_back(key->is_zip() ? key->text_of(values) : key->name + "=" + key->text_of(values));
  }
  return join(parts, ", ");
}

}  // namespace bnexp::analysis
