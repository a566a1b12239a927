#include "store/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "config/settings/identity.h"
#include "store/one_sweep.h"
#include "train/state_version.h"

namespace bnexp::store {
namespace fs = std::filesystem;
namespace {

std::string name_of(const Store& store) { return store.folder().string(); }

// Whether the record of another run may replace it.
bool is_open(const Record& record) { return !train::is_final(record.result.status); }

// The plans of the stores, and of `into` if it has one that can be read.
std::vector<NamedPlan> plans_of(const std::vector<Store>& stores, const Store* into) {
  std::vector<NamedPlan> plans;
  for (const auto& store : stores) plans.push_back({store.required_manifest(), name_of(store)});
  if (into == nullptr) return plans;
  if (auto plan = into->manifest()) plans.push_back({std::move(*plan), name_of(*into)});
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

// "norm=batch(momentum=0.3), train.optimizer.lr=0.1"
std::string whole_label(const Json& values) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : values.items()) parts.push_back(key + "=" + printable(value_text(value)));
  return join(parts, ", ");
}

// Adds what `other` asks for and `plan` does not. Arms are the same if their settings and data are. A label leaves out
// what all arms of its own plan share: where two arms have the same one, the added one gets a whole label.
void add_plan(Manifest& plan, const Manifest& other) {
  std::map<std::pair<std::string, std::string>, std::size_t> arms;
  const auto key = [](const Manifest::Arm& arm) {
    return std::pair(to_line(config::identity(arm.settings)), to_line(arm.data_sha256));
  };
  for (std::size_t i = 0; i < plan.arms.size(); ++i) arms.emplace(key(plan.arms[i]), i);
  std::set<std::string> labels;
  for (const auto& arm : plan.arms) labels.insert(arm.label);
  std::vector<std::size_t> place;
  for (const auto& arm : other.arms) {
    const auto [found, is_new] = arms.emplace(key(arm), plan.arms.size());
    place.push_back(found->second);
    if (!is_new) continue;
    plan.arms.push_back(arm);
    if (!labels.insert(arm.label).second) plan.arms.back().label = whole_label(arm.values);
  }
  std::set<std::string> trials;
  for (const auto& trial : plan.trials) trials.insert(trial.trial);
  for (const auto& trial : other.trials) {
    if (trials.insert(trial.trial).second) plan.trials.push_back({trial.trial, place.at(trial.arm), trial.seed});
  }
}

Manifest union_of(std::vector<NamedPlan> plans) {
  Manifest plan = std::move(plans.front().plan);
  for (std::size_t i = 1; i < plans.size(); ++i) add_plan(plan, plans[i].plan);
  return plan;
}

// A sentence for each checkpoint of a newer release, whose number of steps may be written in another way.
void add_newer_checkpoints(const Store& store, std::vector<std::string>& reasons) {
  for (const auto& trial : store.checkpoints()) {
    const fs::path file = checkpoint_file(store.folder(), trial);
    const auto bytes = read_whole(file);
    if (!bytes) continue;
    if (const auto newer = train::newer_state(*bytes, file.string())) reasons.emplace_back(newer->what());
  }
}

class Merging {
 public:
  explicit Merging(const Store& into) : into_(into) {}

  void add_record(const Record& record) {
    const auto before = into_.find(record.trial);
    if (before && (!is_open(*before) || is_open(record))) {
      if (!is_open(*before)) ++merged_.present;
      return;
    }
    if (!before.damage.empty()) merged_.aside.push_back({into_.set_record_aside(record.trial), before.damage});
    into_.write(record);
    if (!is_open(record)) into_.remove_checkpoint(record.trial);
    ++merged_.copied;
  }

  // Of a trial whose record both have by now, with the same bits.
  void add_weights(const Store& store, const std::string& trial) {
    const fs::path file = weights_file(into_.folder(), trial);
    if (is_there(file)) return;
    if (const auto bytes = read_whole(weights_file(store.folder(), trial))) write(file, *bytes, merged_.weights);
  }

  void add_checkpoint(const Store& store, const std::string& trial) {
    const auto record = into_.find(trial);
    if (record && !is_open(*record)) return;
    const auto bytes = read_whole(checkpoint_file(store.folder(), trial));
    const auto step = bytes ? train::saved_step(*bytes) : std::nullopt;
    if (!step) return;  // damaged
    const fs::path file = checkpoint_file(into_.folder(), trial);
    if (is_there(file)) {
      const auto own = is_no_file(file) ? std::nullopt : train::saved_step(read_whole(file).value_or(""));
      if (own >= step) return;
      if (!own) merged_.aside.push_back({set_aside(file), "it is not a checkpoint"});
    }
    write(file, *bytes, merged_.checkpoints);
  }

  void set_plan(const Manifest& plan) {
    const auto before = into_.manifest();
    if (!before.damage.empty()) merged_.aside.push_back({into_.set_manifest_aside(), before.damage});
    into_.write(plan);
  }

  Merged done() { return std::move(merged_); }

 private:
  static void write(const fs::path& file, const std::string& bytes, std::size_t& count) {
    std::error_code error;
    fs::create_directories(file.parent_path(), error);
    if (error) throw file_error("create", file.parent_path(), error.value());
    write_whole(file, bytes);
    ++count;
  }

  const Store& into_;
  Merged merged_;
};

}  // namespace

std::vector<std::string> conflicts(const std::vector<Store>& stores, const Store* into) {
  std::vector<std::string> reasons;
  const auto plans = plans_of(stores, into);
  for (const auto& plan : plans) std::ranges::move(sweep_differences(plans.front(), plan), std::back_inserter(reasons));
  if (!reasons.empty()) return reasons;
  FinishedRecords known;
  for (const auto& store : stores) {
    auto records = store.records();
    for (const auto& [file, damage] : records.damaged) {
      reasons.push_back(fmt::format("{} is not usable: {}", file.string(), damage));
    }
    known.add(std::move(records.readable), name_of(store), reasons);
    add_newer_checkpoints(store, reasons);
  }
  if (into == nullptr) return reasons;
  known.add(into->records().readable, name_of(*into), reasons);
  add_newer_checkpoints(*into, reasons);
  return reasons;
}

Merged merge(const std::vector<Store>& stores, const Store& into) {
  const Manifest plan = union_of(plans_of(stores, &into));
  Merging merging(into);
  for (const auto& store : stores) {
    for (const auto& record : store.records().readable) {
      merging.add_record(record);
      if (!is_open(record)) merging.add_weights(store, record.trial);
    }
  }
  std::set<std::string> planned;
  for (const auto& trial : plan.trials) planned.insert(trial.trial);
  for (const auto& store : stores) {
    for (const auto& trial : store.checkpoints()) {
      if (planned.contains(trial)) merging.add_checkpoint(store, trial);
    }
  }
  merging.set_plan(plan);
  return merging.done();
}

}  // namespace bnexp::store
