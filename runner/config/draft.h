// A suite that was read but not yet expanded: shared by loading and explaining.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "config/head.h"
#include "config/layers.h"
#include "config/merge.h"
#include "config/problem.h"
#include "config/spec.h"
#include "config/sweep.h"

namespace bnexp::config {

inline constexpr std::size_t kMostTrials = 100'000;

struct Draft {
  Merger merger;
  Layers layers;
  SuiteHead head;
  Node top;       // suite, question, seeds, sweep
  Node settings;  // of a trial, before the sweep
  std::vector<std::int64_t> seeds;
  Sweep sweep;
  bool idle_rules_allowed = false;  // a layer above the rules narrowed the sweep
};

// One combination, read from the settings and the swept values.
struct DraftArm {
  Rows rows;
  Node tree;
  TrialSpec spec;  // at its defaults where something is wrong
  Json settings;   // resolved, or as written when something is wrong
  std::vector<Problem> problems;
};

// A name for a suite whose file says none; what is wrong with the name goes to `problems`.
void finish_head(const std::filesystem::path& file, const Node& top, SuiteHead& head, std::vector<Problem>& problems);

// False when there is no map of settings to speak of.
bool read_draft(const std::filesystem::path& file, const std::vector<std::string>& overrides, Draft& draft,
                std::vector<Problem>& problems);

DraftArm read_arm(const Draft& draft, std::size_t combination);

}  // namespace bnexp::config
