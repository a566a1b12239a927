// A store's records arranged as arms, trials and swept keys. Missing trials are included.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/reading.h"
#include "analysis/status.h"
#include "base/json.h"
#include "stats/estimate.h"
#include "store/record.h"
#include "store/store.h"

namespace bnexp::analysis {

// A swept key and the values it takes.
struct Key {
  std::string path;                // "train.optimizer.lr"; of a zip, of several keys, what they are together
  std::vector<std::string> paths;  // of settings: the path, or each key of a zip
  std::string name;                // its shortest tail that no other swept key shares: "lr"
  std::vector<Json> levels;        // ordered ones ascending, else in the order of the arms
  std::vector<std::string> texts;  // of the levels, as arms are labelled: "group", not "group(groups=8)"
  bool numeric = false;            // every level is a number
  bool ordered = false;            // every level is a number, or null, which comes last
  bool logarithmic = false;        // numeric, all positive, and a learning rate or spanning 20 times or more

  std::map<Json, std::size_t> places;  // level -> its index in `levels`

  bool is_zip() const { return paths.size() > 1; }
  std::size_t level_of(const Json& values) const;  // the index of values[path]; levels.size() without one
  std::string text_of(const Json& values) const;   // of that level; empty without one
};

struct Trial {
  std::string id;
  std::int64_t seed = 0;
  const store::Record* record = nullptr;  // null: planned, but missing

  Outcome outcome() const { return record ? Outcome(record->result.status) : std::nullopt; }
  bool ok() const { return outcome() == train::Status::ok; }
  std::optional<double> metric(const std::string& name) const;  // of an ok trial
};

struct Arm {
  std::string label;
  Json values = Json::object();  // by the path of a key
  Json settings;                 // without the seed; null if unknown
  std::vector<Trial> trials;

  // Means over the ok trials of `trials`, computed by `gather`; `counts` has the number of planned trials by outcome.
  OutcomeCounts counts;
  stats::Estimate test_accuracy;
  stats::Estimate test_loss;
  stats::Estimate validation_accuracy;
  stats::Estimate wall_seconds;

  std::size_t ok() const { return counts[train::Status::ok]; }
  std::size_t open() const;    // trials that are missing or were interrupted
  std::size_t failed() const;  // trials that ended, and not ok
  bool complete() const { return !trials.empty() && ok() == trials.size(); }
  std::map<std::int64_t, double> by_seed(const std::string& metric) const;
};

struct Results {
  std::string suite;
  std::string question;
  std::string file;  // the YAML file, if there is a plan
  std::vector<std::string> overrides;
  std::vector<Key> keys;  // those with two levels or more
  std::vector<Arm> arms;
  std::vector<store::Record> records;  // the ones that trials point to
  bool planned = false;                // false: arms and trials were derived from the records
  std::size_t outside_plan = 0;        // number of records that are not in the plan
  std::size_t trials = 0;
  OutcomeCounts counts;
  Problems problems;                        // members of records that could not be read
  std::vector<store::DamagedFile> damaged;  // files of the store that are left out

  Results() = default;
  Results(Results&&) = default;
  Results& operator=(Results&&) = default;
  Results(const Results&) = delete;  // trials point into records

  std::vector<const Arm*> all_arms() const;
};

// Arms and trials of `manifest` or, without one, of the records themselves. A member of a record of another type than
// in record.schema.json is treated as empty and named in `problems`.
Results gather(const std::optional<store::Manifest>& manifest, std::vector<store::Record> records);

// Arms with the same levels of some keys.
struct Group {
  std::string label;  // "norm=batch"; empty without keys
  std::vector<const Arm*> arms;
};

// The arms, grouped by their levels of `keys`, in the order of the levels.
std::vector<Group> group_by(const Results& results, const std::vector<const Key*>& keys);

// The keys of `results` without those in `without`.
std::vector<const Key*> other_keys(const Results& results, const std::vector<const Key*>& without);

// "norm=batch, lr=0.1", for the given keys.
std::string label_of(const std::vector<const Key*>& keys, const Json& values);

}  // namespace bnexp::analysis
