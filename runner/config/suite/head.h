// The keys of a suite's YAML that are not settings of a trial.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "config/document/node.h"
#include "config/document/problem.h"
#include "config/settings/fields.h"

namespace bnexp::config {

inline constexpr std::size_t kMostTrials = 100'000;

// The name and question of a suite or benchmark.
struct Title {
  std::string suite;
  std::string question;

  void fields(Fields& f);
};

// How the report compares arms.
struct CompareSpec {
  Json baseline;  // a selection; null: chosen by the report
  std::string metric = "test_accuracy";
  std::optional<double> margin;  // in the metric's unit as shown

  void fields(Fields& f);
};

// What a trial may use. Not settings of it: whether it stays within them depends on the machine.
struct Limits {
  std::optional<double> time_s = {};     // wall time
  std::optional<double> memory_mb = {};  // resident memory of the process that trains it, in units of 10^6 bytes

  void fields(Fields& f);
};

struct SuiteHead : Title {
  std::string base;
  Json seeds = 1;  // a count or a list
  Json sweep;      // as written; read_sweep reads it
  double chance_accuracy = 0.1;
  double trains_above = 0.9;
  Limits limits;
  CompareSpec compare;
  Json claims = Json::array();  // as type::claims reads them

  void fields(Fields& f);
};

inline constexpr const char* kGridDoc =
    "dotted keys with lists of values: every combination is an arm, the last key varying fastest; null: not swept";
inline constexpr const char* kZipDoc =
    "dotted keys with lists of equal length that vary together; combined with every arm of the grid";
inline constexpr const char* kExcludeDoc =
    "rules, each a map of swept keys to a value or a list of values: an arm that matches all keys of a rule is left "
    "out";

const std::vector<std::string>& suite_keys();  // suite, question, base, seeds, sweep, ...
bool is_suite_key(std::string_view key);

// The suite's name from its file's name, if the file gives none; errors go to `problems`.
void finish_title(const std::filesystem::path& file, const Node& top, Title& title, std::vector<Problem>& problems);

// The seeds of `seeds`; for a count beyond kMostTrials, the first kMostTrials + 1.
std::vector<std::int64_t> seeds_of(const SuiteHead& head);

}  // namespace bnexp::config
