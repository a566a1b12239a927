// `bnexp compare` with real trainings: the same suite, more seeds, another setting, other bits.
#include <functional>

#include "base/hash.h"
#include "cli/program.h"
#include "support/catch.h"

namespace bnexp {
namespace {

using tests::Program;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// Two arms that train well enough within a second.
constexpr const char* kTwoArms = R"(suite: two
question: What changed?
model: {name: mlp, widths: [32]}
data: {name: digits, train: 500, test: 200, validation: 100}
train: {steps: 120, batch_size: 32, log_every: 60, optimizer: {name: sgd, lr: 0.1}}
seeds: 3
sweep: {grid: {norm: [none, batch]}}
)";

class Stores {
 public:
  Stores() {
    bnexp_.write("suite.yaml", kTwoArms);
    train("a", {});
  }

  void train(const std::string& store, const std::vector<std::string>& more) const {
    const auto outcome = bnexp_(bnexp_.run_words(store, more));
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
  }

  tests::Outcome compare(const std::string& a, const std::string& b, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{"compare", path(a), path(b)};
    words.insert(words.end(), more.begin(), more.end());
    return bnexp_(words);
  }

  Json json(const std::string& a, const std::string& b) const { return Json::parse(compare(a, b, {"--json"}).out); }

  std::string path(const std::string& store) const { return bnexp_.path(store).string(); }

  // Copies store a, and changes its records' results; their checksums are made to fit.
  void copy_with(const std::string& store, const std::function<void(Json&)>& change) const {
    std::filesystem::copy(path("a"), path(store), std::filesystem::copy_options::recursive);
    for (const auto& [name, text] : bnexp_.record_files("a")) {
      Json record = Json::parse(text);
      change(record);
      Json part;
      for (const char* key :
           {"trial", "seed", "settings", "semantics", "status", "failure", "data", "history", "metrics", "probes"}) {
        part[key] = record.at(key);
      }
      record["checksum"] = sha256_hex(to_line(part));
      std::ofstream(bnexp_.path(store) / "records" / name) << to_file(record);
    }
  }

 private:
  Program bnexp_;
};

}  // namespace

TEST_CASE("a store compared with itself and with a repetition has the same bits") {
  const Stores stores;
  stores.train("again", {"--jobs", "1"});
  for (const char* other : {"a", "again"}) {
    const auto outcome = stores.compare("a", other);
    INFO(outcome.out << outcome.err);
    CHECK(outcome.code == 0);
    CHECK(outcome.out.starts_with("no significant change in 2 arms (test accuracy, margin 0.2 points)\n"));
    CHECK(contains(outcome.out, "The same bits in all 6 trials.\n"));
  }
  CHECK(contains(stores.compare("a", "again").out, "Jobs"));
}

TEST_CASE("one more seed in the second store is said, and changes nothing") {
  const Stores stores;
  stores.train("b", {"--set", "seeds=4"});
  const auto outcome = stores.compare("a", "b");
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.out, "The same bits in all 6 trials that both have.\n"));
  CHECK(contains(outcome.out, "1, 2, 3 \u2192 1, 2, 3, 4"));
}

TEST_CASE("a learning rate that trains worse is a significant change") {
  const Stores stores;
  stores.train("b", {"--set", "train.optimizer.lr=0.0001"});
  const auto outcome = stores.compare("a", "b");
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 1);
  CHECK(contains(outcome.out, "significant change in"));
  CHECK(contains(outcome.out, "  train.optimizer.lr  0.1 \u2192 0.0001\n"));
  const Json json = stores.json("a", "b");
  CHECK(json.at("bits").at("same") == 0);
  CHECK(json.at("bits").at("other").empty());
  CHECK(json.at("significant").get<int>() >= 1);
}

TEST_CASE("unfused execution changes bits, not accuracies") {
  const Stores stores;
  stores.train("b", {"--set", "execution.fused=false"});
  const auto outcome = stores.compare("a", "b", {"--margin", "1"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.out, "  execution.fused  true \u2192 false\n"));
  CHECK(stores.json("a", "b").at("differences").at("settings").size() == 1);
}

TEST_CASE("accuracies that were shifted by hand are other bits under the same ids") {
  const Stores stores;
  stores.copy_with("b", [](Json& record) {
    Json& accuracy = record["metrics"]["test_accuracy"];
    accuracy = accuracy.get<double>() + 0.001;
  });
  const auto outcome = stores.compare("a", "b");
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 0);  // 0.1 points are below the margin
  CHECK(outcome.out.starts_with("no significant change in 2 arms"));
  CHECK(contains(outcome.out, "WARNING: 6 of 6 trials have the same id in A and B, and other results (in metrics)."));
  CHECK(contains(outcome.out, "+0.10"));
  CHECK(stores.json("a", "b").at("bits").at("other").size() == 6);
  const auto markdown = stores.compare("a", "b", {"--markdown"});
  CHECK(markdown.code == 0);
  CHECK(contains(markdown.out, "> **Warning:** 6 of 6 trials"));
}

TEST_CASE("metrics of the history are compared as those of the records are") {
  const Stores stores;
  stores.train("b", {"--set", "train.optimizer.lr=0.0001"});
  for (const char* metric : {"validation_area", "worst_loss", "train_loss"}) {
    const auto outcome = stores.compare("a", "b", {"--metric", metric});
    INFO(outcome.out << outcome.err);
    CHECK(outcome.code != 2);
    CHECK(contains(outcome.out, "train.optimizer.lr"));
  }
  const auto steps = stores.compare("a", "b", {"--metric", "steps_to_accuracy", "--margin", "1"});
  INFO(steps.out << steps.err);
  CHECK(contains(steps.out, "(steps to 90 % validation accuracy, margin 1 step)"));
}

TEST_CASE("stores whose seeds were added by looking are compared by tests that hold at every look") {
  const Stores stores;
  stores.train("looked", {"--until-decided", "--max-seeds", "4", "--set", "train.optimizer.lr=0.05"});
  const auto outcome = stores.compare("a", "looked");
  INFO(outcome.out << outcome.err);
  CHECK(contains(outcome.out, "anytime-valid t test"));
  CHECK(Json::parse(stores.compare("a", "looked", {"--json"}).out).at("seeds_added_by_looking") == true);
}

TEST_CASE("stores that can't be compared are refused with the reason and the exit code") {
  const Stores stores;
  stores.train("other", {"--set", "sweep=null", "--set", "model.widths=[16]"});
  const auto apart = stores.compare("a", "other");
  CHECK(apart.code == 2);
  CHECK(contains(apart.err, "not comparable: no arm in common"));
  const auto metric = stores.compare("a", "a", {"--metric", "test_acuracy"});
  CHECK(metric.code == 2);
  CHECK(contains(metric.err, "did you mean 'test_accuracy'?"));
  CHECK(stores.compare("a", "nowhere").code == 3);
  CHECK(stores.compare("a", "a", {"--margin", "-1"}).code == 2);
  CHECK(stores.compare("a", "a", {"--json", "--markdown"}).code == 2);
}

}  // namespace bnexp
