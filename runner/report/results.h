// Records put in their places: arms, trials and swept keys, with what is missing kept in sight.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "report/stats.h"
#include "store/record.h"
#include "store/store.h"

namespace bnexp::report {

// A swept key and the values it takes.
struct Key {
  std::string path;          // "train.optimizer.lr"
  std::string name;          // its shortest tail that no other swept key shares: "lr"
  std::vector<Json> levels;  // ordered ones ascending, else in the order of the arms
  bool numeric = false;      // every level is a number
  bool ordered = false;      // every level is a number, or null, which comes last
  bool logarithmic = false;  // numeric, all positive, and a learning rate or spanning 20 times or more

  std::size_t level_of(const Json& values) const;  // the index of values[path]
};

struct Trial {
  std::string id;
  std::int64_t seed = 0;
  const store::Record* record = nullptr;  // none: planned, but missing

  std::string status() const;  // "missing" without a record
  bool ok() const;
  std::optional<double> metric(const std::string& name) const;  // of an ok trial
};

struct Arm {
  std::string label;
  Json values = Json::object();
  std::vector<Trial> trials;

  std::size_t count(const std::string& status) const;
  std::size_t ok() const { return count("ok"); }
  bool complete() const { return !trials.empty() && ok() == trials.size(); }
  // Means over ok trials only: how many of the planned those are is always said beside them.
  std::map<std::int64_t, double> by_seed(const std::string& metric) const;
  Estimate metric(const std::string& name) const;
  Estimate wall_seconds() const;
  std::string statuses() const;  // "3/3 ok", "2/3 ok, 1/3 diverged", "diverged 3/3"
};

struct Results {
  std::string suite;
  std::string question;
  std::string file;  // the YAML, where a plan is there to say
  std::vector<std::string> overrides;
  std::vector<Key> keys;  // those with two levels or more
  std::vector<Arm> arms;
  std::vector<store::Record> records;  // the ones that trials point to
  bool planned = false;                // false: arms and trials were derived from the records
  std::size_t outside_plan = 0;        // records that the plan doesn't name

  Results() = default;
  Results(Results&&) = default;
  Results& operator=(Results&&) = default;
  Results(const Results&) = delete;  // trials point into records

  std::size_t trials() const;
  std::map<std::string, std::size_t> statuses() const;
};

// Measured against `manifest`, or, without one, against the records themselves.
Results gather(const std::optional<store::Manifest>& manifest, std::vector<store::Record> records);

// Arms that agree in some keys.
struct Group {
  std::string label;  // "norm=batch"; empty without keys
  std::vector<const Arm*> arms;
};

// The arms by their levels of `keys`, in the order of the levels.
std::vector<Group> group_by(const Results& results, const std::vector<const Key*>& keys);

// A setting as a person writes it: batch, 0.1, null, [256, 128], group(groups=8).
std::string value_text(const Json& value);

// "norm=batch, lr=0.1", for the given keys.
std::string label_of(const std::vector<const Key*>& keys, const Json& values);

}  // namespace bnexp::report
