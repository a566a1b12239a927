#include "analysis/status.h"

namespace bnexp::analysis {
namespace {

// OutcomeCounts and train::to_string use a status as an index into the table.
constexpr bool in_order() {
  for (std::size_t i = 0; i < train::kStatusNames.size(); ++i) {
    if (static_cast<std::size_t>(train::kStatusNames[i].first) != i) return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

std::array<Outcome, kOutcomes> all_outcomes() {
  std::array<Outcome, kOutcomes> outcomes;
  for (std::size_t i = 0; i < train::kStatusNames.size(); ++i) outcomes[i] = train::kStatusNames[i].first;
  return outcomes;
}

std::string name_of(Outcome outcome) { return outcome ? train::to_string(*outcome) : "missing"; }

bool is_failure(Outcome outcome) {
  if (!outcome) return false;
  switch (*outcome) {
    case train::Status::ok:
    case train::Status::interrupted:
      return false;
    case train::Status::diverged:
    case train::Status::timeout:
    case train::Status::crashed:
    case train::Status::oom:
    case train::Status::failed:
      return true;
  }
  return true;
}

bool is_open(Outcome outcome) { return !outcome || *outcome == train::Status::interrupted; }

bool is_trained(Outcome outcome) { return outcome && train::is_final(*outcome); }

}  // namespace bnexp::analysis
