// A benchmark of norms, from its YAML file. It is read like a suite, with `bench:` instead of a trial's settings and a
// sweep.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "config/settings/fields.h"

namespace bnexp::config {

struct BenchSpec {
  std::vector<Variant> norms;  // by default every one
  std::vector<std::vector<std::int64_t>> shapes{{64, 32, 26, 26}, {64, 64, 24, 24}, {64, 128}, {60, 100}};
  std::vector<std::string> types{"fp32", "bf16"};
  std::vector<std::string> modes{"train", "eval"};
  std::string activation = "relu";
  bool pool = false;
  std::int64_t repetitions = 15;
  std::int64_t repetition_ms = 10;

  BenchSpec();
  void fields(Fields& f);
};

struct Bench {
  std::string name;
  std::string question;
  std::string file;                    // the path as the user gave it
  std::vector<std::string> overrides;  // the --set arguments, in order
  BenchSpec spec;
};

// Whether `file` itself has `bench:`. Throws Error when it can't be read; false for a file that is not YAML.
bool is_bench(const std::filesystem::path& file);

// Throws Error(usage) with every problem found, formatted.
Bench load_bench(const std::filesystem::path& file, const std::vector<std::string>& overrides);

inline constexpr const char* kBenchDoc =
    "the norms that `bnexp bench` times; such a file has no other keys but suite, question and base";

}  // namespace bnexp::config
