// A comparison of two stores as sentences and tables.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "analysis/changes.h"
#include "report/table.h"

namespace bnexp::report {

struct ChangeWords {
  std::string verdict;                // "no significant change in 8 arms (test accuracy, margin 0.2 points)"
  std::string tally;                  // "Arms: 5 within margin, 3 undecided."
  std::vector<std::string> warnings;  // trials of one id with other bits
  std::vector<std::string> findings;
  std::vector<std::pair<std::string, std::string>> differences;  // "LibTorch" -> "2.12.0 → 2.13.0"
  Table arms;
  std::vector<std::string> notes;  // how to read the table, and what the trials can't show
  Table times;                     // empty where no times are comparable
  std::vector<std::string> time_notes;
};

ChangeWords change_words(const analysis::Changes& changes);

// "higher", "within margin", "undecided", "same bits", "fails more", "no estimate", ...
std::string verdict_word(const analysis::ArmChange& arm);

// How to read the table of arms, and what the trials can't show.
std::vector<std::string> change_notes(const analysis::Changes& changes);

// "0.98 [0.96, 1.01]", of a mean logarithm.
std::string ratio_words(const stats::Estimate& log_ratio);

Table times_table(const analysis::TimeChanges& times);
std::vector<std::string> time_notes(const analysis::TimeChanges& times);

// What differs between the stores, each with its values in A and in B.
std::vector<std::pair<std::string, std::string>> what_differs(const analysis::Changes& changes);

// Settings that differ, each with the number of arms where it does so in the same way. Sorted by key.
std::vector<std::pair<analysis::SettingChange, std::size_t>> counted_settings(const analysis::Changes& changes);

}  // namespace bnexp::report
