#include "config/suite/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "config/document/scalar.h"
#include "config/settings/describe.h"
#include "config/suite/draft.h"
#include "config/suite/exclude.h"
#include "config/suite/suite.h"

namespace bnexp::config {
namespace {

// Finds one setting's node in a layer, or nullptr.
using Locate = std::function<const Node*(const Node& tree)>;

bool is_at_or_below(const std::string& key, const std::string& group) {
  return group.empty() || key == group || key.starts_with(group + ".");
}

// The value at a dotted key of resolved settings, a variant's name for the variant itself; nullptr when absent.
const Json* value_at(const Json& settings, const std::string& key) {
  const Json* value = find_path(settings, key);
  return value != nullptr && value->is_object() && value->contains("name") ? &value->at("name") : value;
}

class Explainer {
 public:
  Explainer(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
    load(file, overrides, {});  // throws if anything is wrong
    std::vector<Problem> none;
    read_draft(file, overrides, draft_, none);
    for (std::size_t i = 0; i < draft_.sweep.combinations(); ++i) {
      DraftArm arm = read_arm(draft_, i);
      const auto leaves_out = [&](Rule& rule) { return excludes(rule, arm.settings); };
      if (std::none_of(draft_.sweep.exclude.begin(), draft_.sweep.exclude.end(), leaves_out)) {
        arms_.push_back(std::move(arm));
      }
    }
  }

  std::vector<Explanation> all() {
    explain_head();
    for (const auto& parameter : trial_parameters()) {
      if (parameter.key == "seed") continue;
      explain_setting(parameter.key, parameter);
      if (draft_.merger.is_variant(parameter.key)) explain_parameters(parameter);
    }
    explain_sweep();
    return std::move(result_);
  }

 private:
  void explain_head() {
    for (const auto& parameter : described(SuiteHead{})) {
      if (parameter.key == "sweep") continue;
      const Locate locate = [&](const Node& tree) { return tree.find(parameter.key); };
      const Node* node = draft_.top.find(parameter.key);
      Explanation one{parameter.key, node == nullptr ? parameter.default_value : to_json(*node), "", parameter.doc, {}};
      if (parameter.key == "suite") one.value = draft_.head.suite;
      if (parameter.key == "base") {
        if (draft_.layers.base) one.value = to_json(draft_.layers.base->value);
        one.where = draft_.layers.base ? draft_.layers.base->value.mark.where() : "default";
      } else {
        one.where = node == nullptr ? "default" : node->mark.where();
        if (node != nullptr) one.hidden = hidden(locate, node->mark, parameter.default_value);
      }
      result_.push_back(std::move(one));
    }
  }

  void explain_sweep() {
    const Node* sweep = draft_.top.find("sweep");
    if (sweep == nullptr) return;
    for (const auto& [part, doc] : {std::pair{"grid", kGridDoc}, std::pair{"zip", kZipDoc}}) {
      const Node* axes = sweep->find(part);
      if (axes == nullptr) continue;
      for (const auto& entry : axes->entries) {
        const Locate locate = [&, part = std::string(part)](const Node& tree) -> const Node* {
          const Node* at = tree.find("sweep");
          at = at == nullptr ? nullptr : at->find(part);
          return at == nullptr ? nullptr : at->find(entry.key);
        };
        result_.push_back({fmt::format("sweep.{}.{}", part, entry.key), to_json(entry.value), entry.value.mark.where(),
                           doc, hidden(locate, entry.value.mark, std::nullopt)});
      }
    }
    if (const Node* exclude = sweep->find("exclude")) {
      const Locate locate = [](const Node& tree) { return find_path(tree, "sweep.exclude"); };
      result_.push_back({"sweep.exclude", to_json(*exclude), exclude->mark.where(), kExcludeDoc,
                         hidden(locate, exclude->mark, std::nullopt)});
    }
  }

  // The parameters of a variant key: those of every variant that some arm has.
  void explain_parameters(const Parameter& chooser) {
    std::vector<std::string> names;
    std::vector<std::string> keys;
    for (const auto& arm : arms_) {
      const auto name = value_at(arm.settings, chooser.key)->get<std::string>();
      if (std::find(names.begin(), names.end(), name) != names.end()) continue;
      names.push_back(name);
      for (const auto& parameter : parameters(chooser.type->kind(), name)) {
        const std::string key = chooser.key + "." + parameter.key;
        if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
        keys.push_back(key);
        explain_setting(key, parameter);
      }
    }
  }

  void explain_setting(const std::string& key, const Parameter& parameter) {
    const std::string path = draft_.merger.is_variant(key) ? key + ".name" : key;
    Json values = Json::array();
    const DraftArm* first = nullptr;
    std::size_t present = 0;
    for (const auto& arm : arms_) {
      const Json* value = value_at(arm.settings, key);
      if (value == nullptr) continue;
      ++present;
      if (first == nullptr) first = &arm;
      if (std::find(values.begin(), values.end(), *value) == values.end()) values.push_back(*value);
    }
    Explanation one{key, values.size() == 1 ? values.front() : values, where(path, first->tree), parameter.doc, {}};
    if (present < arms_.size()) one.where += fmt::format(", in {} of {} arms", present, arms_.size());
    const Locate locate = [&](const Node& tree) { return find_path(tree, path); };
    if (const Node* node = locate(first->tree)) one.hidden = hidden(locate, node->mark, parameter.default_value);
    result_.push_back(std::move(one));
  }

  std::string where(const std::string& path, const Node& tree) const {
    const Node* node = find_path(tree, path);
    if (node == nullptr) return "default";
    for (const auto* column : draft_.sweep.columns()) {
      const auto gives_it = [&](const Node& layer) {
        const Node* own = find_path(layer, path);
        return own != nullptr && own->mark == node->mark;
      };
      if (std::any_of(column->layers.begin(), column->layers.end(), gives_it)) {
        return fmt::format("sweep, {}", column->values_mark.where());
      }
    }
    return node->mark.where() + because(path, tree, *node);
  }

  // train.steps removes train.epochs, and the other way round. Such a null was not written, so it has the place of the
  // other key.
  static bool is_implied(const Node& tree, const Node& node) {
    if (!node.is_null()) return false;
    const auto is_other = [&](const char* key) {
      const Node* other = find_path(tree, key);
      return other != nullptr && other != &node && other->mark == node.mark;
    };
    return is_other("train.epochs") || is_other("train.steps");
  }

  static std::string because(const std::string& path, const Node& tree, const Node& node) {
    if (!is_implied(tree, node)) return "";
    return fmt::format(", as {} is given", path == "train.epochs" ? "train.steps" : "train.epochs");
  }

  // The values that the one at `final_mark` overrides, nearest first.
  std::vector<std::string> hidden(const Locate& locate, const Mark& final_mark,
                                  const std::optional<Json>& standard) const {
    std::vector<std::string> result;
    for (std::size_t i = draft_.layers.all.size(); i-- > 0;) {
      const Node* node = locate(draft_.layers.all[i].tree);
      if (node == nullptr || node->mark == final_mark || is_implied(draft_.layers.all[i].tree, *node)) continue;
      result.push_back(fmt::format("{}: {}", node->mark.where(), value_text(to_json(*node))));
    }
    if (standard && *standard != Json("")) result.push_back(fmt::format("default: {}", value_text(*standard)));
    return result;
  }

  Draft draft_;
  std::vector<DraftArm> arms_;
  std::vector<Explanation> result_;
};

Error unknown(const std::string& key, const std::vector<Explanation>& known) {
  std::vector<std::string> names;
  for (const auto& one : known) names.push_back(one.key);
  for (const auto& setting : settings()) {
    if (setting.key == key) {
      return usage_error(
          fmt::format("'{}' is a parameter of {}, which no arm here has", key, join(setting.owners, ", ")),
          fmt::format("here: {}", join(names, ", ")));
    }
  }
  std::string near = nearest(key, names);
  for (const auto& name : names) {
    if (near.empty() && name.ends_with("." + key)) near = name;
  }
  return usage_error(fmt::format("unknown key '{}'", key), near.empty() ? fmt::format("here: {}", join(names, ", "))
                                                                        : fmt::format("did you mean '{}'?", near));
}

}  // namespace

std::vector<Explanation> explain(const std::filesystem::path& file, const std::vector<std::string>& overrides,
                                 const std::string& key) {
  auto all = Explainer(file, overrides).all();
  std::vector<Explanation> wanted;
  std::copy_if(all.begin(), all.end(), std::back_inserter(wanted),
               [&](const Explanation& one) { return is_at_or_below(one.key, key); });
  if (wanted.empty() && key != "sweep") throw unknown(key, all);
  return wanted;
}

}  // namespace bnexp::config
