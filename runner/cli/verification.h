// Verification of records, shared by `verify` and `repeat`: their files are checked, then trials are trained again and
// compared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analysis/reproduction.h"
#include "analysis/tolerance.h"
#include "base/error.h"
#include "base/machine.h"
#include "config/settings/spec.h"
#include "data/dataset.h"
#include "store/record.h"

namespace bnexp::cli {

enum class Verdict {
  same_bits,         // in everything that was compared
  within_tolerance,  // on another ISA, LibTorch or processor
  consistent,        // as far as can be checked without training
  not_compared,      // it can't be: other semantics, data that are not here, ...
  differs,           // trained again, it has other bits, or is beyond the tolerance
  invalid,           // its format, checksum, id or name is wrong, or its parts contradict each other
};

inline constexpr Verdict kVerdicts[] = {Verdict::same_bits,    Verdict::within_tolerance, Verdict::consistent,
                                        Verdict::not_compared, Verdict::differs,          Verdict::invalid};

std::string to_string(Verdict verdict);

struct Verified {
  std::filesystem::path file;
  std::optional<store::Record> record{};  // none if the file does not hold one
  Verdict verdict = Verdict::consistent;
  std::string detail{};                                  // one sentence on the verdict
  std::vector<std::string> flaws{};                      // of an invalid one
  std::optional<analysis::Reproduction> reproduction{};  // of one that was trained again
  std::optional<analysis::Tolerated> tolerated{};        // of one whose bits differ on an unlike machine
  std::vector<std::string> unlike{};                     // of its circumstances, where bits differ
  std::optional<Error> obstacle{};                       // why it could not be trained here
};

// A trial of the plan without a record: removed, or not trained yet.
struct MissingRecord {
  std::string trial, arm;
  std::int64_t seed = 0;
};

struct VerifiedStore {
  std::filesystem::path folder;
  std::vector<Verified> records;
  std::vector<MissingRecord> missing;  // only of a whole store
  bool lacks_plan = false;             // a whole store without suite.json: nothing says which records it should have
};

struct VerifyOptions {
  std::optional<std::int64_t> steps{};  // train only the first ones
  std::optional<std::size_t> sample{};  // train only so many records of each store
  std::int64_t sample_seed = 1;
  bool trains = true;
  int jobs = available_cores();
  std::string data_folder{};
  bool quiet = false;
  // Called before a trial is trained again.
  std::function<void(const config::TrialSpec& spec, const data::Dataset& data)> before{};
  // Gets the final weights of each trial that is trained to its end and ends ok: a safetensors file's bytes.
  std::function<void(const std::string& bytes)> weights{};
};

// "to the end", "up to step 20"
std::string extent_text(std::int64_t last_step);

// Sets the verdict on a record whose bits differ on an unlike machine.
void judge(Verified& verified, analysis::Tolerated found);

// `places` are records, stores, and folders of stores. Throws Error(usage) for a place that is none, Error(environment)
// for a file that can't be read, and store::NewerVersion.
std::vector<VerifiedStore> verify(const std::vector<std::string>& places, const VerifyOptions& options);

// 1 for a record that is invalid, differs or is missing, else 3 for one that could not be trained here, else 0.
ExitCode exit_code(const std::vector<VerifiedStore>& stores);

}  // namespace bnexp::cli
