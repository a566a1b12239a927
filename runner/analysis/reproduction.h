// A record against a second training of its trial: the same bits, or where they first differ.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "train/result.h"

namespace bnexp::analysis {

// The step of what holds for a whole trial, such as its test accuracy.
inline constexpr std::int64_t kAtTheEnd = std::numeric_limits<std::int64_t>::max();

// A number in a result, with its place in training.
struct Reading {
  std::int64_t step = kAtTheEnd;
  std::string name;  // "history.train_loss"; "probes.activations: norm1, eval, before, q50"
  Json value;
};

// Everything of a result that is the same in every run of its trial, by step, then by name. In a probe's result, a list
// beside a list "steps", or below it, has a value for each of these steps. Of several values with one name and step the
// last one counts.
std::vector<Reading> readings(const train::TrialResult& result);

using Place = std::pair<std::int64_t, std::string>;  // step, name

struct Difference {
  std::int64_t step = kAtTheEnd;
  std::string name;
  Json recorded;  // null: it is not there
  Json now;
};

// A null pointer is a value that is not there.
Difference difference_at(const Place& place, const Json* recorded, const Json* now);

// "history.train_loss at step 20: 0.5123 recorded, 0.5124 now"
std::string to_text(const Difference& difference);

struct Reproduction {
  std::int64_t last_step = 0;       // nothing after it was compared; kAtTheEnd: everything was
  std::size_t readings = 0;         // that were compared
  std::optional<Difference> first;  // none: the same bits
};

std::map<Place, Json> by_place(const train::TrialResult& result);

// The step in which training diverged; nullopt if it did not, or the step is not known.
std::optional<std::int64_t> divergence_step(const train::TrialResult& result);

// The last step that is the same in every run: of a record without a final status the last entry in the history, of a
// training that was stopped its last step, else kAtTheEnd.
std::int64_t last_recorded_step(const train::TrialResult& recorded);
std::int64_t last_step_of(const train::TrialResult& now);

// Compares all up to the earlier of both last steps.
Reproduction reproduction(const train::TrialResult& recorded, const train::TrialResult& now);

// What differs of all that decides how sums are rounded: "ISA AVX2, here AVX512". On machines where nothing does, bits
// must be the same. Of a processor, only the maker counts, which libraries choose their code by; in bfloat16 the model
// does, too.
std::vector<std::string> unlike(const Json& recorded_context, const Json& context, const Json& settings);

// The first tensor of a safetensors file that differs from the one of that name in `now`: "conv1.weight (1 of 8
// tensors)". nullopt: both hold the same. Throws Error(environment) naming `where` when `kept` is damaged.
std::optional<std::string> differing_tensor(std::string_view kept, std::string_view now, const std::string& where);

// Which `count` of the trials, given by their arms, are chosen: in an order of the arms drawn with `seed`, each arm in
// turn gives one of its trials, drawn with `seed` as well. Ascending.
std::vector<std::size_t> spread_sample(const std::vector<std::string>& arms, std::size_t count, std::uint64_t seed);

}  // namespace bnexp::analysis
