// A suite that was read but not yet expanded: shared by loading and explaining.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "config/document/problem.h"
#include "config/settings/spec.h"
#include "config/suite/head.h"
#include "config/suite/layers.h"
#include "config/suite/merge.h"
#include "config/suite/sweep.h"

namespace bnexp::config {

struct Draft {
  Merger merger;
  Layers layers;
  SuiteHead head;
  Node top;       // suite, question, seeds, sweep
  Node settings;  // of a trial, before the sweep
  Sweep sweep;
  bool idle_rules_allowed = false;  // a layer above the rules narrowed the sweep

  // Whether a layer above this place changes what is swept, so that arms named there may be missing.
  bool narrowed_above(const Mark& mark) const;
};

// One combination: the settings with its swept values.
struct DraftArm {
  Rows rows;
  Node tree;
  TrialSpec spec;  // defaults where something is wrong
  Json settings;   // resolved, or as written when something is wrong
  std::vector<Problem> problems;
};

// False when there is no map of settings.
bool read_draft(const std::filesystem::path& file, const std::vector<std::string>& overrides, Draft& draft,
                std::vector<Problem>& problems);

DraftArm read_arm(const Draft& draft, std::size_t combination);

}  // namespace bnexp::config
