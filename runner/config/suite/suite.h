// From a YAML file to the trials it asks for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "config/settings/spec.h"
#include "config/suite/head.h"

namespace bnexp::config {

// One combination of swept values, without the seed.
struct Arm {
  std::string label;  // "norm=batch, lr=0.1": swept keys by their shortest distinct tail; "all" when nothing is swept
  Json values = Json::object();  // dotted key -> value, as swept: {"train.optimizer.lr": 0.1}
  TrialSpec spec;                // seed is set per trial
};

struct Trial {
  std::size_t arm = 0;  // index into Suite::arms
  TrialSpec spec;       // with its seed
  Json settings;        // to_json(spec)
};

struct Suite {
  std::string name;                          // file-name safe: letters, digits, '_', '-', '.'
  std::string question;                      // one sentence
  std::string file;                          // the path as the user gave it
  std::vector<std::filesystem::path> files;  // its bases, then the suite's own file
  std::vector<std::string> overrides;        // the --set arguments, in order
  std::vector<std::string> swept;            // dotted keys, in the order of the file
  std::vector<std::string> zipped;           // those of them that vary together
  double chance_accuracy = 0;                // the test accuracy of guessing
  double trains_above = 0;                   // the accuracy above which a learning rate counts as usable
  Limits limits;                             // of each trial
  CompareSpec compare;
  Json claims = Json::array();  // as type::claims reads them
  std::vector<std::int64_t> seeds;
  std::vector<Arm> arms;
  std::vector<Trial> trials;  // seed-major within arm: arm 0 seed 1, arm 0 seed 2, ..., arm 1 seed 1
};

// A check on several settings, such as a norm's groups against a model's channels. Returns dotted keys with messages;
// `load` finds their places in the file.
struct Finding {
  std::string key;  // "norm.groups"
  std::string message;
  std::string hint;
};
using TrialCheck = std::function<std::vector<Finding>(const TrialSpec&)>;

// Reads, inherits (`base:`), overrides, expands and checks. Throws Error(usage) with every problem found, formatted.
Suite load(const std::filesystem::path& file, const std::vector<std::string>& overrides, const TrialCheck& check);

}  // namespace bnexp::config
