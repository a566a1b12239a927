// A suite's YAML file: its text, the settings, the sweep and the claims, up to the trials. The program's own check of
// norms against models is left out: it builds the models, however large they are, and may run a file's code. So are
// sweeps of many arms, which take long by their number alone, unless it is refused.
#include "config/suite/suite.h"

#include "base/error.h"
#include "config/suite/draft.h"
#include "fuzz/input_file.h"

namespace {

constexpr std::size_t kMostArms = 1000;

bool has_many_arms(const std::filesystem::path& file) {
  using namespace bnexp::config;
  Draft draft;
  std::vector<Problem> problems;
  if (!read_draft(file, {}, draft, problems)) return false;
  const std::size_t arms = draft.sweep.combinations();
  return arms > kMostArms && arms <= kMostTrials;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bnexp;
  const auto file = fuzz::write_file("suite.yaml", fuzz::text_of(data, size));
  try {
    if (!has_many_arms(file)) config::load(file, {}, {});
  } catch (const Error&) {  // what a user reads
  }
  return 0;
}
