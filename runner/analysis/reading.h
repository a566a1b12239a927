// Reads values of records, which may have been edited. Values of an unexpected type are left out and reported.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"

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

// A value and its place in a record, or nothing. Reading from nothing gives nothing, and adds no further problem.
class Value {
 public:
  Value() = default;
  // `problems` and `json` must outlive the value and everything read from it.
  Value(const Json& json, std::string place, std::string trial, Problems& problems);

  explicit operator bool() const { return json_ != nullptr; }
  const Json& json() const { return *json_; }  // of a value, not of nothing

  // Members of an object. `operator[]` adds a problem if a member is missing or null; `find` gives nothing.
  Value operator[](const std::string& key) const;
  Value find(const std::string& key) const;

  std::vector<Value> items() const;  // of a list
  std::optional<double> number() const;
  std::optional<std::string> text() const;
  std::vector<double> numbers() const;  // a list of numbers; empty where it is none

 private:
  bool is(bool type, const char* expected) const;
  Value member(const std::string& key, bool required) const;

  const Json* json_ = nullptr;
  std::string place_;
  std::string trial_;
  Problems* problems_ = nullptr;
};

// "null", "a number", "an object": what a JSON value is.
std::string type_text(const Json& json);

}  // namespace bnexp::analysis
