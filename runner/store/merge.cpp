#include "store/merge.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/files.h"
#include "base/text.h"

namespace bnexp::store {
namespace {

std::string name_of(const Store& store) { return store.folder().string(); }

// Whether the record of another run may replace it.
bool is_open(const Record& record) { return !train::is_final(record.result.status); }

struct NamedPlan {
  Manifest plan;
  std::string store;
};

// The plans of the stores, and of `into` if it has one that can be read.
std::vector<NamedPlan> plans_of(const std::vector<Store>& stores, const Store& into) {
  std::vector<NamedPlan> plans;
  for (const auto& store : stores) plans.push_back({store.required_manifest(), name_of(store)});
  if (auto plan = into.manifest()) plans.push_back({std::move(*plan), name_of(into)});
  return plans;
}

class FinishedRecords {
 public:
  // Adds a sentence to `reasons` for each record that has other bits than an earlier store's record of its trial.
  void add(std::vector<Record> records, const std::string& store, std::vector<std::string>& reasons) {
    for (auto& record : records) {
      if (is_open(record)) continue;
      const std::string trial = record.trial;
      const auto found = known_.find(trial);
      if (found == known_.end()) {
        known_.emplace(trial, std::pair(std::move(record), store));
        continue;
      }
      const auto fields = differences(found->second.first.result, record.result);
      if (fields.empty()) continue;
      reasons.push_back(fmt::format("trial {} has other bits in {} than in {}: {} differ", trial, store,
                                    found->second.second, join(fields, ", ")));
    }
  }

 private:
  std::map<std::string, std::pair<Record, std::string>> known_;  // with the name of its store
};

// Adds what `other` asks for and `plan` does not. Arms are the same if their settings and data are.
void add_plan(Manifest& plan, const Manifest& other) {
  std::map<std::pair<std::string, std::string>, std::size_t> arms;
  const auto key = [](const Manifest::Arm& arm) { return std::pair(to_line(arm.settings), to_line(arm.data_sha256)); };
  for (std::size_t i = 0; i < plan.arms.size(); ++i) arms.emplace(key(plan.arms[i]), i);
  std::vector<std::size_t> place;
  for (const auto& arm : other.arms) {
    const auto [found, is_new] = arms.emplace(key(arm), plan.arms.size());
    if (is_new) plan.arms.push_back(arm);
    place.push_back(found->second);
  }
  std::set<std::string> trials;
  for (const auto& trial : plan.trials) trials.insert(trial.trial);
  for (const auto& trial : other.trials) {
    if (trials.insert(trial.trial).second) plan.trials.push_back({trial.trial, place.at(trial.arm), trial.seed});
  }
}

}  // namespace

std::vector<std::string> conflicts(const std::vector<Store>& stores, const Store& into) {
  std::vector<std::string> reasons;
  const auto plans = plans_of(stores, into);
  for (const auto& [plan, store] : plans) {
    const auto& [first, first_store] = plans.front();
    if (plan.swept == first.swept) continue;
    reasons.push_back(fmt::format("{} sweeps {}, and {} sweeps {}", first_store, join(first.swept, ", "), store,
                                  join(plan.swept, ", ")));
  }
  FinishedRecords known;
  for (const auto& store : stores) {
    auto records = store.records();
    for (const auto& [file, damage] : records.damaged) {
      reasons.push_back(fmt::format("{} is not usable: {}", file.string(), damage));
    }
    known.add(std::move(records.readable), name_of(store), reasons);
  }
  known.add(into.records().readable, name_of(into), reasons);
  return reasons;
}

Merged merge(const std::vector<Store>& stores, const Store& into) {
  Merged merged;
  std::optional<Manifest> plan;
  for (auto& [own, store] : plans_of(stores, into)) {
    if (plan) add_plan(*plan, own);
    if (!plan) plan = std::move(own);
  }
  for (const auto& store : stores) {
    for (const auto& record : store.records().readable) {
      const auto before = into.find(record.trial);
      if (before && (!is_open(*before) || is_open(record))) {
        if (!is_open(*before)) ++merged.present;
        continue;
      }
      if (!before.damage.empty()) merged.aside.push_back({into.set_record_aside(record.trial), before.damage});
      into.write(record);
      ++merged.copied;
      const auto weights = read_whole(weights_file(store.folder(), record.trial));
      if (!weights) continue;
      const auto file = weights_file(into.folder(), record.trial);
      std::error_code error;
      std::filesystem::create_directories(file.parent_path(), error);
      if (error) throw file_error("create", file.parent_path(), error.value());
      write_whole(file, *weights);
    }
  }
  const auto before = into.manifest();
  if (!before.damage.empty()) merged.aside.push_back({into.set_manifest_aside(), before.damage});
  if (plan) into.write(*plan);
  return merged;
}

}  // namespace bnexp::store
