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

TEST_CASE("merge refuses stores of two sweeps by a sentence, and writes nothing") {
  const Program bnexp;
  run(bnexp, {}, "one", "1");
  run(bnexp, {"--set", "train.steps=40"}, "two", "1");
  run(bnexp, {"--set", "question=Why?"}, "three", "1");
  const auto path = [&](const char* name) { return bnexp.path(name).string(); };
  for (const auto& [other, sentence] : {std::pair("two", "train.steps is 60 in " + path("one") + ", and 40 in "),
                                        {"three", "the question is 'Does it run?' in " + path("one")}}) {
    const auto outcome = bnexp({"merge", path("one"), path(other), "--into", path("both")});
    INFO(outcome.err);
    CHECK(outcome.code == 3);
    CHECK(contains(outcome.err, sentence));
    CHECK(contains(outcome.err, "the stores are not merged"));
    CHECK_FALSE(fs::exists(path("both")));
  }
  const auto before = bnexp.record_files("two");
  CHECK(bnexp({"merge", path("one"), "--into", path("two")}).code == 3);
  CHECK(bnexp.record_files("two") == before);
}

TEST_CASE("merge says that weights come along, and refuses the folder of a benchmark") {
  const Program bnexp;
  run(bnexp, {"--weights"}, "one", "1");
  const auto outcome = bnexp({"merge", bnexp.path("one").string(), "--into", bnexp.path("both").string()});
  CHECK(contains(outcome.out, "also copied: kept weights of 2 trials, 0 checkpoints"));
  CHECK(verify(bnexp, {}, "both").code == 0);
  bnexp.write("one/bench.json", "{}");
  const auto refused = bnexp({"merge", bnexp.path("both").string(), "--into", bnexp.path("one").string()});
  CHECK(refused.code == 3);
  CHECK(contains(refused.err, "holds a benchmark of norms"));
}

TEST_CASE("gc removes nothing as unplanned from a store without a plan") {
  const Program bnexp;
  run(bnexp, {}, "store", "1");
  const auto before = bnexp.record_files("store");
  const std::string store = bnexp.path("store").string();
  for (const char* plan : {"{", ""}) {
    bnexp.write("store/suite.json", plan);
    const auto outcome = bnexp({"gc", store, "--unplanned"});
    CHECK(outcome.code == 3);
    CHECK(contains(outcome.err, "has no plan that can be read: suite.json: it is not JSON, or incomplete"));
    CHECK(contains(outcome.err, "run its suite once"));
  }
  fs::remove(bnexp.path("store/suite.json"));
  CHECK(contains(bnexp({"gc", store, "--unplanned"}).err, "has no plan that can be read: it has no suite.json"));
  CHECK(bnexp({"gc", store}).code == 0);
  CHECK(bnexp.record_files("store") == before);
}

TEST_CASE("plan counts one trial and one worker in the singular") {
  const Program bnexp;
  auto words = one_trial(bnexp, {"--jobs", "1"});
  words[0] = "plan";
  CHECK(contains(bnexp(words).out, "\n1 trial, 0 cached in "));
  CHECK(contains(bnexp(words).out, ", 1 to run on 1 worker: "));
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
