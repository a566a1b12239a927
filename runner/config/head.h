// The keys of a suite's YAML that say nothing about one trial.
#pragma once

#include <array>
#include <string>

#include "config/fields.h"

namespace bnexp::config {

struct SuiteHead {
  std::string suite;
  std::string question;

  void fields(Fields& f) {
    f.text("suite", suite,
           "the suite's name and results folder: letters, digits, '_', '-', '.'; by default the file's name");
    f.text("question", question, "what the suite finds out, in one sentence; the report opens with it");
  }
};

inline constexpr const char* kBaseDoc =
    "another YAML file whose settings these are laid over; relative to this file and within the suite's folder";
inline constexpr const char* kSeedsDoc =
    "how many seeds each arm is trained with (3: seeds 1, 2, 3), or a list of them";
inline constexpr const char* kSweepDoc = "what varies between arms: grid, zip and exclude";
inline constexpr const char* kGridDoc =
    "dotted keys with lists of values: every combination is an arm, the last key varying fastest; null: not swept";
inline constexpr const char* kZipDoc =
    "dotted keys with lists of equal length that are walked together; combined with every arm of the grid";
inline constexpr const char* kExcludeDoc =
    "rules, each a map of swept keys to a value or a list of values: an arm that all of a rule's keys match is left "
    "out";

inline constexpr std::array<const char*, 5> kSuiteKeys{"suite", "question", "base", "seeds", "sweep"};

}  // namespace bnexp::config
