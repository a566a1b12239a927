// The cases of a benchmark of norms. Free of LibTorch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "config/suite/bench.h"

namespace bnexp::bench {

struct Case {
  config::Variant norm;
  std::vector<std::int64_t> shape;  // of x: batch, channels, positions...
  std::string type;                 // "fp32", "bf16": of x, y and their gradients
  std::string mode;                 // "train", "eval"
  std::string activation;           // "" for none
  bool pool = false;

  bool trains() const { return mode == "train"; }
  Json settings() const;      // every value that determines the measurement
  std::string id() const;     // 16 hexadecimal digits of the settings' SHA-256
  std::string label() const;  // "group (groups=4), 64x32x26x26, fp32, train"
};

std::string norm_label(const config::Variant& norm);  // its name and what differs from its defaults
std::string shape_label(const std::vector<std::int64_t>& shape);

struct Refused {
  std::string norm;  // label
  std::string shape;
  std::string reason;
};

struct Plan {
  std::vector<Case> cases;  // cases of one shape and type are adjacent and share a copy
  std::vector<Refused> refused;
};

// Every norm on every shape that it accepts.
Plan plan(const config::BenchSpec& spec);

}  // namespace bnexp::bench
