// Reads values of records, which may have been edited. Values of an unexpected type are left out and reported.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "store/record.h"

namespace bnexp::analysis {

// The unreadable values, each kind once.
class Problems {
 public:
  void add(const std::string& what, const std::string& trial) { trials_by_problem_[what].insert(trial); }

  // "timing is null instead of an object in 3 records (first: 0123456789abcdef)"
  std::vector<std::string> texts() const;

 private:
  std::map<std::string, std::set<std::string>> trials_by_problem_;
};

// Packs the series of a record: its history as CBOR, every list of numbers in its probes and its timing as their bytes.
// They take most of a record's memory, and four times as much as JSON as packed. Value reads both.
void pack_series(store::Record& record);

// A part of a record as it was before pack_series; the numbers of lists are doubles.
Json unpacked(const Json& json);

// A value and its place in a record, or nothing. Reading from nothing gives nothing, and adds no further problem.
class Value {
 public:
  Value() = default;
  // `problems` and `json` must outlive the value and everything read from it. Of a packed `json`, it is what was
  // packed.
  Value(const Json& json, std::string place, std::string trial, Problems& problems);

  explicit operator bool() const { return json_ != nullptr; }
  const Json& json() const { return *json_; }  // of a value, not of nothing; valid as long as this Value

  // Members of an object. `operator[]` adds a problem if a member is missing or null; `find` gives nothing.
  Value operator[](const std::string& key) const;
  Value find(const std::string& key) const;

  std::vector<Value> items() const;  // of a list
  std::optional<double> number() const;
  std::optional<std::string> text() const;
  std::vector<double> numbers() const;  // a list of numbers; empty where it is none

 private:
  Value part(const Json& json, std::string place) const;
  bool is(bool type, const char* expected) const;
  Value member(const std::string& key, bool required) const;

  std::shared_ptr<const Json> unpacked_;  // what json_ is part of, if it was packed
  const Json* json_ = nullptr;
  std::string place_;
  std::string trial_;
  Problems* problems_ = nullptr;
};

// "null", "a number", "an object": what a JSON value is.
std::string type_text(const Json& json);

}  // namespace bnexp::analysis
