// Named things that register themselves from their own file.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace bnexp {

template <class T>
class Registry {
 public:
  // Keeps the first of two entries with one name. `duplicates` reports the second, so that main can refuse to start,
  // not a static initializer.
  bool add(const std::string& name, T entry) {
    const bool added = entries_.emplace(name, std::move(entry)).second;
    if (!added) duplicates_.push_back(name);
    return added;
  }

  const T* find(const std::string& name) const {
    const auto found = entries_.find(name);
    return found == entries_.end() ? nullptr : &found->second;
  }

  // Sorted.
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& [name, entry] : entries_) result.push_back(name);
    return result;
  }

  const std::vector<std::string>& duplicates() const { return duplicates_; }

 private:
  std::map<std::string, T> entries_;
  std::vector<std::string> duplicates_;
};

}  // namespace bnexp
