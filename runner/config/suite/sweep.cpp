#include "config/suite/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <set>

#include "base/text.h"
#include "config/document/scalar.h"
#include "config/settings/hints.h"
#include "config/suite/head.h"

namespace bnexp::config {
namespace {

// "train.optimizer.lr: [...]" for {train: {optimizer: {lr: ...}}}.
std::string dotted_example(const std::string& key, const Node& value) {
  if (value.is_map() && !value.entries.empty()) {
    return dotted_example(key + "." + value.entries.front().key, value.entries.front().value);
  }
  std::vector<std::string> values;
  for (const Node& item : value.is_list() ? value.items : std::vector<Node>{value}) {
    values.push_back(item.is_scalar() && values.size() < 3 ? shown(item.scalar) : "...");
  }
  return fmt::format("{}: [{}]", key, join(values, ", "));
}

bool sweepable(const std::string& key, const Mark& mark, std::vector<Problem>& problems) {
  const std::string top = key.substr(0, key.find('.'));
  if (top == "seed" || top == "seeds") {
    problems.push_back(
        {mark, "seeds are not swept", "seeds: 3 at the top of the file trains every arm with seeds 1, 2 and 3"});
    return false;
  }
  if (is_suite_key(top)) {
    problems.push_back({mark, fmt::format("{} belongs to the whole suite and cannot vary between arms", top), ""});
    return false;
  }
  const auto segments = split_key(key);
  if (std::any_of(segments.begin(), segments.end(), [](const std::string& segment) { return segment.empty(); })) {
    problems.push_back({mark, "a part of the key is empty", "keys are dotted, as in train.optimizer.lr"});
    return false;
  }
  return true;
}

class SweepReader {
 public:
  SweepReader(const Merger& merger, std::vector<Problem>& problems) : merger_(merger), problems_(problems) {}

  Sweep read(const Node& node) {
    if (node.is_null()) return {};
    if (!node.is_map()) {
      refuse(node.mark, fmt::format("sweep must be a map with grid, zip or exclude, found {}", describe(node)), "");
      return {};
    }
    for (const auto& entry : node.entries) {
      if (entry.key == "grid") read_grid(entry.value);
      if (entry.key == "zip") read_zip(entry.value);
      if (entry.key != "grid" && entry.key != "zip" && entry.key != "exclude") {
        const bool meant_axis = entry.value.is_list() || entry.key.find('.') != std::string::npos;
        refuse(entry.mark, fmt::format("unknown key '{}' in sweep", shown(entry.key)),
               meant_axis ? fmt::format("swept keys go under grid: sweep: {{grid: {{{}: ...}}}}", shown(entry.key))
                          : unknown_key_hint(entry.key, {"grid", "zip", "exclude"}, "sweep"));
      }
    }
    if (const Node* exclude = node.find("exclude")) read_exclude(*exclude);
    return std::move(sweep_);
  }

 private:
  void refuse(const Mark& mark, std::string message, std::string hint) {
    problems_.push_back({mark, std::move(message), std::move(hint)});
  }

  bool is_axes(const Node& node, const char* name) {
    if (node.is_map()) return true;
    if (!node.is_null()) {
      refuse(node.mark, fmt::format("{} must be a map of dotted keys to lists, found {}", name, describe(node)),
             fmt::format("for example {}: {{norm: [none, batch]}}", name));
    }
    return false;
  }

  void read_grid(const Node& node) {
    if (!is_axes(node, "grid")) return;
    for (const auto& entry : node.entries) {
      auto column = read_column(entry);
      if (!column) continue;
      refuse_repeated(*column);
      sweep_.axes.push_back({{std::move(*column)}});
    }
    const auto* epochs = find("train.epochs");
    const auto* steps = find("train.steps");
    if (epochs != nullptr && steps != nullptr) {
      refuse(
          std::max(epochs, steps)->mark,
          "train.epochs and train.steps cannot both vary in a grid: only one of them can be the budget",
          "use zip, with null where the other is the budget: zip: {train.epochs: [5, null], train.steps: [null, 300]}");
    }
  }

  void read_zip(const Node& node) {
    if (!is_axes(node, "zip")) return;
    Axis axis;
    for (const auto& entry : node.entries) {
      auto column = read_column(entry);
      if (!column) continue;
      if (!axis.columns.empty() && column->values.size() != axis.rows()) {
        refuse(
            column->values_mark,
            fmt::format("the lists of zip vary together, so they must be equally long: {} has {} values, but {} has {}",
                        axis.columns.front().key, axis.rows(), column->key, column->values.size()),
            "use grid for every combination");
        continue;
      }
      axis.columns.push_back(std::move(*column));
    }
    if (axis.columns.empty()) return;
    refuse_repeated_rows(axis);
    check_budgets(axis);
    sweep_.axes.push_back(std::move(axis));
  }

  std::optional<Axis::Column> read_column(const Node::Entry& entry) {
    if (!sweepable(entry.key, entry.mark, problems_)) return std::nullopt;
    if (entry.value.is_null()) return std::nullopt;
    if (!entry.value.is_list()) {
      const bool nested = entry.value.is_map();
      refuse(entry.value.mark,
             fmt::format("{} must be a list of values to sweep, found {}", shown(entry.key), describe(entry.value)),
             nested ? fmt::format("swept keys are dotted: {}", dotted_example(entry.key, entry.value))
                    : fmt::format("write [{}]", shown(entry.value.scalar)));
      return std::nullopt;
    }
    if (entry.value.items.empty()) {
      refuse(entry.value.mark, fmt::format("{} has no values to sweep", entry.key),
             "give it some, or null not to sweep it");
      return std::nullopt;
    }
    const std::string setting = choice_of(entry.key);
    if (!keys_.insert(setting).second) {
      refuse(entry.mark, fmt::format("{} is swept twice", setting), "each key varies in grid or in zip, once");
      return std::nullopt;
    }
    Axis::Column column{entry.key, entry.mark, entry.value.mark, entry.value.items, {}};
    for (const Node& value : column.values) {
      Node layer = nest(split_key(entry.key), entry.mark, value);
      merger_.normalize(layer, problems_);
      column.layers.push_back(std::move(layer));
    }
    return column;
  }

  // "norm" for "norm.name": they are the same choice.
  std::string choice_of(const std::string& key) const {
    constexpr std::string_view kName = ".name";
    if (!key.ends_with(kName)) return key;
    const std::string parent = key.substr(0, key.size() - kName.size());
    return merger_.is_variant(parent) ? parent : key;
  }

  const Axis::Column* find(const std::string& key) const {
    for (const auto* column : sweep_.columns()) {
      if (column->key == key) return column;
    }
    return nullptr;
  }

  void refuse_repeated(const Axis::Column& column) {
    std::set<std::string> seen;
    for (const Node& value : column.values) {
      if (!seen.insert(to_json(value).dump()).second) {
        refuse(value.mark, fmt::format("{} lists {} twice", column.key, shown(value_text(to_json(value)))),
               "remove one");
      }
    }
  }

  void refuse_repeated_rows(const Axis& axis) {
    std::set<std::string> seen;
    for (std::size_t row = 0; row < axis.rows(); ++row) {
      std::string all;
      for (const auto& column : axis.columns) all += to_json(column.values[row]).dump() + "\n";
      if (!seen.insert(all).second) {
        refuse(axis.columns.front().values[row].mark, fmt::format("step {} of zip repeats an earlier one", row + 1),
               "remove it from every list");
      }
    }
  }

  // Two budgets in one step of a zip are an error, as in one file.
  void check_budgets(const Axis& axis) {
    for (std::size_t row = 0; row < axis.rows(); ++row) {
      Node together;
      together.kind = Node::Kind::map;
      for (const auto& column : axis.columns) {
        Node plain = nest(split_key(column.key), column.mark, column.values[row]);
        merger_.merge(together, plain);
      }
      merger_.normalize(together, problems_);
    }
  }

  void read_exclude(const Node& node) {
    if (node.is_null()) return;
    if (!node.is_list()) {
      refuse(node.mark, fmt::format("exclude must be a list of rules, found {}", describe(node)),
             "for example exclude: [{norm: none, train.optimizer.lr: 1.0}]");
      return;
    }
    for (const Node& item : node.items) {
      if (!item.is_map() || item.entries.empty()) {
        refuse(item.mark,
               fmt::format("a rule of exclude must be a map of swept keys to values, found {}",
                           item.is_map() ? "an empty one" : describe(item)),
               "for example {norm: none, train.optimizer.lr: 1.0}");
        continue;
      }
      Rule rule;
      rule.mark = item.mark;
      for (const auto& entry : item.entries) {
        rule.conditions.push_back({entry.key, entry.mark, {}, {}});
        auto& condition = rule.conditions.back();
        condition.alternatives = entry.value.is_list() ? entry.value.items : std::vector<Node>{entry.value};
        condition.hits.resize(condition.alternatives.size());
      }
      sweep_.exclude.push_back(std::move(rule));
    }
  }

  const Merger& merger_;
  std::vector<Problem>& problems_;
  Sweep sweep_;
  std::set<std::string> keys_;
};

}  // namespace

std::size_t Sweep::combinations() const {
  std::size_t count = 1;
  for (const auto& axis : axes) {
    if (count > std::numeric_limits<std::size_t>::max() / axis.rows()) return std::numeric_limits<std::size_t>::max();
    count *= axis.rows();
  }
  return count;
}

Rows Sweep::rows(std::size_t combination) const {
  Rows result(axes.size());
  for (std::size_t i = axes.size(); i-- > 0;) {
    result[i] = combination % axes[i].rows();
    combination /= axes[i].rows();
  }
  return result;
}

std::vector<const Axis::Column*> Sweep::columns() const {
  std::vector<const Axis::Column*> result;
  for (const auto& axis : axes) {
    for (const auto& column : axis.columns) result.push_back(&column);
  }
  return result;
}

Sweep read_sweep(const Node& node, const Merger& merger, std::vector<Problem>& problems) {
  return SweepReader(merger, problems).read(node);
}

Node arm_tree(const Node& settings, const Sweep& sweep, const Rows& rows, const Merger& merger) {
  struct Assignment {
    std::ptrdiff_t depth;
    const Node* layer;
  };
  std::vector<Assignment> assignments;
  for (std::size_t i = 0; i < sweep.axes.size(); ++i) {
    for (const auto& column : sweep.axes[i].columns) {
      const auto depth = std::count(column.key.begin(), column.key.end(), '.');
      assignments.push_back({depth, &column.layers[rows[i]]});
    }
  }
  std::stable_sort(assignments.begin(), assignments.end(),
                   [](const Assignment& a, const Assignment& b) { return a.depth < b.depth; });
  Node tree = settings;
  for (const auto& assignment : assignments) merger.merge(tree, *assignment.layer);
  return tree;
}

}  // namespace bnexp::config
