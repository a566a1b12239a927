#include <algorithm>

#include "analysis/gathering.h"

namespace bnexp::analysis {
namespace {

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

}  // namespace

std::vector<Key> find_keys(const std::vector<std::string>& swept, const std::vector<Arm>& arms) {
  std::vector<Key> keys;
  for (const auto& path : swept) {
    Key key;
    key.path = path;
    key.name = shortest_tail(path, swept);
    for (const auto& arm : arms) {
      if (!arm.values.contains(path)) continue;
      const Json& value = arm.values.at(path);
      if (key.places.emplace(value, key.levels.size()).second) key.levels.push_back(value);
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
    for (std::size_t i = 0; i < key.levels.size(); ++i) key.places[key.levels[i]] = i;
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace bnexp::analysis
