#include <algorithm>

#include "analysis/gathering.h"
#include "base/text.h"
#include "config/suite/label.h"

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

// The swept keys, with the zipped ones as one.
std::vector<Key> unread_keys(const std::vector<std::string>& swept, const std::vector<std::string>& zipped,
                             std::vector<Arm>& arms) {
  std::vector<Key> keys;
  Key together;
  for (const auto& path : swept) {
    if (zipped.size() < 2 || std::ranges::find(zipped, path) == zipped.end()) {
      Key& key = keys.emplace_back();
      key.path = path;
      key.paths = {path};
      key.name = shortest_tail(path, swept);
      continue;
    }
    if (together.paths.empty()) keys.emplace_back();  // its place
    together.paths.push_back(path);
  }
  if (together.paths.empty()) return keys;
  std::vector<std::string> names;
  for (const auto& path : together.paths) names.push_back(shortest_tail(path, swept));
  together.path = join(together.paths, ", ");
  together.name = join(names, ", ");
  const auto has_all = [&](const Arm& arm) {
    return std::ranges::all_of(together.paths, [&](const auto& path) { return arm.values.contains(path); });
  };
  std::vector<std::vector<std::string>> texts;  // of each path, by arm
  for (const auto& path : together.paths) {
    std::vector<Json> values;
    for (const auto& arm : arms) values.push_back(arm.values.value(path, Json()));
    texts.push_back(config::level_texts(values));
  }
  for (std::size_t at = 0; at < arms.size(); ++at) {
    if (!has_all(arms[at])) continue;
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < names.size(); ++i) parts.push_back(names[i] + "=" + texts[i][at]);
    arms[at].values[together.path] = join(parts, ", ");
  }
  *std::ranges::find(keys, std::string(), &Key::path) = std::move(together);
  return keys;
}

}  // namespace

std::vector<Key> find_keys(const std::vector<std::string>& swept, const std::vector<std::string>& zipped,
                           std::vector<Arm>& arms) {
  std::vector<Key> keys;
  for (Key& key : unread_keys(swept, zipped, arms)) {
    for (const auto& arm : arms) {
      if (!arm.values.contains(key.path)) continue;
      const Json& value = arm.values.at(key.path);
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
    key.texts = config::level_texts(key.levels);
    for (std::size_t i = 0; i < key.levels.size(); ++i) key.places[key.levels[i]] = i;
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace bnexp::analysis
