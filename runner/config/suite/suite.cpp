#include "config/suite/suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "config/document/scalar.h"
#include "config/suite/claims.h"
#include "config/suite/draft.h"
#include "config/suite/exclude.h"
#include "config/suite/label.h"

namespace bnexp::config {
namespace {

bool contains(const Node& node, const Mark& mark) {
  if (node.mark == mark) return true;
  const auto within = [&](const Node& inner) { return contains(inner, mark); };
  return std::any_of(node.items.begin(), node.items.end(), within) ||
         std::any_of(node.entries.begin(), node.entries.end(),
                     [&](const Node::Entry& entry) { return entry.mark == mark || within(entry.value); });
}

// The problems of all arms. A problem that many arms share is reported once; one of a single combination, with an
// example.
class ArmProblems {
 public:
  // `arm` counts the arms that aren't excluded.
  void add(const std::vector<Problem>& problems, std::size_t arm) {
    for (const auto& problem : problems) {
      const auto key =
          std::make_tuple(problem.mark.source.get(), problem.mark.line, problem.mark.column, problem.message);
      auto [place, is_new] = index_.emplace(key, found_.size());
      if (is_new) found_.push_back({problem, 0, arm, {}, false});
      Found& found = found_[place->second];
      ++found.count;
      if (arm < kLookedAt) found.arms.insert(arm);
    }
  }

  // `combinations` are the arms.
  std::vector<Problem> take(const Draft& draft, const std::vector<std::size_t>& combinations) {
    look_for_partial(draft, combinations);
    const Labels labels(draft.sweep, draft.merger);
    std::vector<Problem> result;
    for (auto& found : found_) {
      if (found.is_partial) {
        std::string& hint = found.problem.hint;
        if (!hint.empty()) hint += "\n";
        hint += fmt::format(
            "in {} of {} arms{} {}", found.count, combinations.size(),
            found.count == 1 ? ":" : ", the first:", labels.of(draft.sweep.rows(combinations[found.first])));
      }
      result.push_back(std::move(found.problem));
    }
    return result;
  }

 private:
  static constexpr std::size_t kLookedAt = 2000;  // arms, and the first 40 problems, when looking for examples

  struct Found {
    Problem problem;
    std::size_t count;  // arms that have the problem
    std::size_t first;  // the first of these arms
    std::set<std::size_t> arms;
    bool is_partial;  // some arm has the value at the problem's place, but not the problem
  };

  void look_for_partial(const Draft& draft, const std::vector<std::size_t>& combinations) {
    constexpr std::size_t kMostFound = 40;
    const std::size_t found_end = std::min(found_.size(), kMostFound);
    for (std::size_t arm = 0; found_end > 0 && arm < std::min(combinations.size(), kLookedAt); ++arm) {
      const Node tree = arm_tree(draft.settings, draft.sweep, draft.sweep.rows(combinations[arm]), draft.merger);
      for (std::size_t i = 0; i < found_end; ++i) {
        Found& found = found_[i];
        if (found.is_partial || found.arms.contains(arm)) continue;
        found.is_partial = found.problem.mark.line == 0 || contains(tree, found.problem.mark);
      }
    }
  }

  std::map<std::tuple<const Source*, int, int, std::string>, std::size_t> index_;
  std::vector<Found> found_;
};

// Dotted keys of the values a tree holds; lists are values.
void leaves(const Node& node, const std::string& key, std::vector<std::pair<std::string, const Node*>>& result) {
  if (!node.is_map()) {
    result.emplace_back(key, &node);
    return;
  }
  for (const auto& entry : node.entries) leaves(entry.value, key.empty() ? entry.key : key + "." + entry.key, result);
}

std::string same_budget(const std::string& key) { return key == "train.steps" ? "train.epochs" : key; }

bool hides(const std::string& swept, const std::string& key) {
  return same_budget(key) == same_budget(swept) || key.starts_with(swept + ".") || key == swept + ".name" ||
         swept == key + ".name";
}

// Reports a value from a layer above the sweep, such as --set train.optimizer.lr=1 where the file sweeps lr. The sweep
// hides the value, so it has no effect.
void refuse_hidden(const Draft& draft, const std::vector<std::size_t>& combinations, std::vector<Problem>& problems) {
  std::vector<std::pair<std::string, const Node*>> written;
  leaves(draft.settings, "", written);
  for (const auto& [key, node] : written) {
    for (const auto* column : draft.sweep.columns()) {
      if (!hides(column->key, key)) continue;
      if (draft.layers.of(node->mark) <= draft.layers.of(column->values_mark)) continue;
      const auto is_used = [&, &key = key, &node = node](std::size_t combination) {
        const Node tree = arm_tree(draft.settings, draft.sweep, draft.sweep.rows(combination), draft.merger);
        const Node* own = find_path(tree, key);
        return own != nullptr && own->mark == node->mark;
      };
      if (std::any_of(combinations.begin(), combinations.end(), is_used)) continue;
      problems.push_back({node->mark, fmt::format("{} is swept, so this value would never be used", column->key),
                          fmt::format("the sweep is at {}\nto narrow it: --set sweep.grid.{}=[VALUE]; to leave it out: "
                                      "--set sweep.grid.{}=null",
                                      column->values_mark.where(), column->key, column->key)});
    }
  }
}

// Reports two arms with the same settings, which would be one trial with two names.
void refuse_twins(const Draft& draft, const std::vector<Arm>& arms, const std::vector<Json>& settings,
                  const std::vector<std::size_t>& combinations, std::vector<Problem>& problems) {
  std::unordered_map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < arms.size(); ++i) {
    const auto [first, is_new] = seen.emplace(settings[i].dump(), i);
    if (is_new) continue;
    const Rows rows = draft.sweep.rows(combinations[i]);
    const Rows others = draft.sweep.rows(combinations[first->second]);
    std::size_t axis = 0;
    while (rows[axis] == others[axis]) ++axis;
    problems.push_back(
        {draft.sweep.axes[axis].columns.front().values[rows[axis]].mark,
         fmt::format("arm '{}' has the same settings as arm '{}'", arms[i].label, arms[first->second].label),
         "defaults included, every setting is equal: remove one"});
    if (problems.size() >= 10) return;
  }
}

std::vector<Problem> problems_of(const std::vector<Finding>& findings, const Node& tree) {
  std::vector<Problem> problems;
  for (const auto& finding : findings) problems.push_back({mark_of(tree, finding.key), finding.message, finding.hint});
  return problems;
}

// Whether the settings that a check reads (model, norm, device) are valid: every problem is in other settings.
bool leaves_model_and_norm(const std::vector<Problem>& problems, const Node& tree) {
  return std::all_of(problems.begin(), problems.end(), [&](const Problem& problem) {
    return std::ranges::any_of(std::array{"train", "data", "probes"}, [&](const char* key) {
      const Node* node = tree.find(key);
      return node != nullptr && contains(*node, problem.mark);
    });
  });
}

class Expansion {
 public:
  Expansion(Draft& draft, const TrialCheck& check, std::vector<Problem>& problems)
      : draft_(draft), check_(check), problems_(problems), seeds_(seeds_of(draft.head)) {}

  // Fills in the suite's arms and trials.
  void run(Suite& suite) {
    const std::size_t count = bounded_count();
    const Labels labels(draft_.sweep, draft_.merger);
    for (std::size_t combination = 0; combination < count; ++combination) {
      DraftArm draft = read_arm(draft_, combination);
      if (is_excluded(draft.settings)) continue;
      if (check_ && leaves_model_and_norm(draft.problems, draft.tree)) {
        const auto found = problems_of(check_(draft.spec), draft.tree);
        draft.problems.insert(draft.problems.end(), found.begin(), found.end());
      }
      arm_problems_.add(draft.problems, combinations_.size());
      combinations_.push_back(combination);
      Arm arm;
      arm.label = labels.of(draft.rows);
      for (std::size_t axis = 0; axis < draft.rows.size(); ++axis) {
        for (const auto& column : draft_.sweep.axes[axis].columns) {
          arm.values[column.key] = to_json(column.values[draft.rows[axis]]);
        }
      }
      arm.spec = std::move(draft.spec);
      suite.arms.push_back(std::move(arm));
      settings_.push_back(std::move(draft.settings));
    }
    check_arms(suite.arms, count);
    if (problems_.empty()) add_trials(suite);
  }

 private:
  // All combinations, or only the first if there are too many.
  std::size_t bounded_count() {
    const std::size_t count = draft_.sweep.combinations();
    const std::size_t seeds = std::max<std::size_t>(seeds_.size(), 1);
    if (count <= kMostTrials / seeds) return count;
    const Node* place = draft_.top.find(count > kMostTrials ? "sweep" : "seeds");
    problems_.push_back({place->mark,
                         fmt::format("{} arms with {} seeds are more than {} trials", count, seeds, kMostTrials),
                         "split the question into several suites"});
    too_many_ = true;
    return std::min<std::size_t>(count, 1);
  }

  bool is_excluded(const Json& settings) {
    bool excluded = false;
    for (auto& rule : draft_.sweep.exclude) excluded = excludes(rule, settings) || excluded;
    return excluded;
  }

  void check_arms(const std::vector<Arm>& arms, std::size_t count) {
    auto found = arm_problems_.take(draft_, combinations_);
    problems_.insert(problems_.end(), found.begin(), found.end());
    if (too_many_) return;
    refuse_hidden(draft_, combinations_, problems_);
    if (!draft_.idle_rules_allowed && problems_.empty()) refuse_idle(draft_.sweep, problems_);
    if (arms.empty() && count > 0) {
      problems_.push_back({draft_.top.find("sweep")->find("exclude")->mark, "every arm is excluded", ""});
    }
    if (problems_.empty()) refuse_twins(draft_, arms, settings_, combinations_, problems_);
    if (problems_.empty()) check_statements();
  }

  // What the suite says about its arms. A narrowed sweep may lack some of them.
  void check_statements() {
    const Node* claims = draft_.top.find("claims");
    if (claims != nullptr && !draft_.narrowed_above(claims->mark)) {
      check_claims(*claims, draft_.head.claims, settings_, problems_);
    }
    const Node* baseline = find_path(draft_.top, "compare.baseline");
    if (baseline != nullptr && !baseline->is_null() && !draft_.narrowed_above(baseline->mark)) {
      check_selection(*baseline, draft_.head.compare.baseline, settings_, problems_);
    }
  }

  void add_trials(Suite& suite) {
    suite.trials.reserve(suite.arms.size() * seeds_.size());
    for (std::size_t i = 0; i < suite.arms.size(); ++i) {
      for (const std::int64_t seed : seeds_) {
        const bool is_last = seed == seeds_.back();
        Trial& trial =
            suite.trials.emplace_back(Trial{i, suite.arms[i].spec, is_last ? std::move(settings_[i]) : settings_[i]});
        trial.spec.seed = seed;
        trial.settings["seed"] = seed;
      }
    }
  }

  Draft& draft_;
  const TrialCheck& check_;
  std::vector<Problem>& problems_;
  const std::vector<std::int64_t> seeds_;
  std::vector<Json> settings_;  // of the arms
  ArmProblems arm_problems_;
  std::vector<std::size_t> combinations_;  // of the arms that aren't excluded
  bool too_many_ = false;
};

}  // namespace

Suite load(const std::filesystem::path& file, const std::vector<std::string>& overrides, const TrialCheck& check) {
  Draft draft;
  std::vector<Problem> problems;
  if (!read_draft(file, overrides, draft, problems)) throw usage_error(format(problems));
  Suite suite;
  Expansion(draft, check, problems).run(suite);
  if (!problems.empty()) throw usage_error(format(problems));
  suite.name = draft.head.suite;
  suite.question = draft.head.question;
  suite.chance_accuracy = draft.head.chance_accuracy;
  suite.trains_above = draft.head.trains_above;
  suite.limits = draft.head.limits;
  suite.compare = draft.head.compare;
  suite.claims = draft.head.claims;
  suite.file = file.string();
  for (const auto& layer : draft.layers.all) {
    if (layer.source->is_file) suite.files.emplace_back(layer.source->name);
  }
  suite.overrides = overrides;
  suite.seeds = seeds_of(draft.head);
  for (const auto& axis : draft.sweep.axes) {
    for (const auto& column : axis.columns) suite.swept.push_back(column.key);
    if (axis.columns.size() < 2) continue;
    for (const auto& column : axis.columns) suite.zipped.push_back(column.key);
  }
  return suite;
}

}  // namespace bnexp::config
