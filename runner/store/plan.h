// The plan of a suite's newest run: DIR/suite.json. It has everything that another process, also on another machine,
// needs to train any of its trials. Reports compare the records with it: a missing trial stays in the denominator. Its
// schema: plan.schema.json.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "config/suite/head.h"

namespace bnexp::store {

// Thresholds of a suite, as fractions of 1.
struct Thresholds {
  double chance = 0.1;  // the accuracy of guessing
  double trains = 0.9;  // the test accuracy above which a learning rate counts as usable
};

// Seeds were added until comparisons were decided.
struct Looks {
  std::size_t first = 0;  // number of seeds at the first look
  std::size_t most = 0;   // no comparison takes more
};

struct Manifest {
  std::string name;
  std::string question;
  std::string file;    // the YAML file as the user named it
  std::string folder;  // absolute, of that file: relative paths in settings start there
  // --data-dir, absolute; empty: the default places. Nothing but commands that are shown depends on it.
  std::string data_folder{};
  std::vector<std::string> overrides;  // --set arguments
  std::vector<std::string> swept;      // dotted keys
  std::vector<std::string> zipped;     // those of them that vary together
  bool weights = false;                // each trial's final weights are kept
  Thresholds thresholds;
  config::Limits limits;  // of each trial
  config::CompareSpec compare;
  Json claims = Json::array();  // as config::type::claims reads them
  std::optional<Looks> looks;   // none if the number of seeds was fixed before

  struct Arm {
    std::string label;
    Json values = Json::object();
    Json settings;     // of its trials, without the seed; null in a plan of version 1
    Json data_sha256;  // checksum of the data set; null in a plan of version 1
  };
  struct Trial {
    std::string trial;    // id
    std::size_t arm = 0;  // index into arms
    std::int64_t seed = 0;
  };
  std::vector<Arm> arms;
  std::vector<Trial> trials;
};

// With "schema_version".
Json to_json(const Manifest& manifest);

// Throws Damaged, and NewerVersion naming `where`.
Manifest manifest_from_json(Json json, const std::string& where);

// Every setting of a trial, defaults included; null in a plan of version 1.
Json settings_of(const Manifest& manifest, const Manifest::Trial& trial);

}  // namespace bnexp::store
