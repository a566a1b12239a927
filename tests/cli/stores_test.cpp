// merge, gc, trial and plan on stores that a user might have.
#include "cli/records.h"

namespace bnexp {
namespace {

using namespace tests;

std::vector<std::string> one_trial(const Program& bnexp, const std::vector<std::string>& more = {}) {
  std::vector<std::string> words{
      "--set", "sweep.grid.norm=[batch]", "--set", "sweep.grid.train.optimizer.lr=[0.1]", "--set", "seeds=1"};
  words.insert(words.end(), more.begin(), more.end());
  return bnexp.run_words("store", words);
}

TEST_CASE("a file in the place of the checkpoints' folder is refused before anything is trained") {
  const Program bnexp;
  fs::create_directories(bnexp.path("store"));
  bnexp.write("store/checkpoints", "x");
  const auto outcome = bnexp(one_trial(bnexp));
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 3);
  CHECK(contains(outcome.err, "cannot write into " + bnexp.path("store/checkpoints").string() + ": Not a directory"));
  CHECK(contains(outcome.err, "a file is in the place of a folder: move it away"));
  CHECK(bnexp.record_files("store").empty());
  CHECK(read_file(bnexp.path("store/checkpoints")) == "x");
  fs::remove(bnexp.path("store/checkpoints"));
  CHECK(bnexp(one_trial(bnexp)).code == 0);
}

}  // namespace
}  // namespace bnexp
