// Bounds and combinations of the program's own settings, as a suite meets them.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "config/files.h"
#include "config/settings/catalog.h"
#include "support/catch.h"

namespace bnexp::config {
namespace {

const std::string kSuite =
    "suite: s\nmodel: {name: mlp, widths: [8]}\nnorm: batch\ndata: digits\ntrain: {epochs: 1, optimizer: sgd}\n";

std::string refusal_with(const std::string& setting) { return refusal_of(kSuite, {setting}); }

TEST_CASE("a value beyond the bounds of a setting is refused by its key, and a value on them is taken") {
  CHECK(refusal_of(kSuite).empty());
  struct Bounds {
    std::string key;
    std::string text;
    std::vector<std::string> taken;
    std::vector<std::string> refused;
  };
  for (const auto& [key, text, taken, refused] : std::vector<Bounds>{
           {"model.widths",
            "between 1 and 65536",
            {"[1]", "[65536]"},
            {"[0]", "[-1]", "[1000000000]", "[1000000000000]", "[8, 65537]"}},
           {"model.dropout", "at least 0 and below 1", {"0", "0.99"}, {"1", "-0.1", "2"}},
           {"norm.momentum", "between 0 and 1", {"0", "1", "null"}, {"-0.1", "1.1"}},
           {"norm.eps", "above 0", {"1e-30"}, {"0", "-1"}},
           {"train.batch_size", "", {"1"}, {"0", "-1", "1000000000000"}},
           {"train.epochs", "", {"1"}, {"-1", "1000000000000000000"}},
           {"train.evaluation_batch_size", "between 1 and 1000000", {"1", "1000000", "null"}, {"0", "1000001"}},
           {"train.label_smoothing", "at least 0 and below 1", {"0", "0.9"}, {"1", "-0.1"}},
           {"train.optimizer.lr", "above 0", {"1e-9"}, {"0", "-1"}},
           {"train.optimizer.momentum", "", {"0", "0.9"}, {"-0.1", "1.5"}}}) {
    for (const auto& value : taken) {
      INFO(key << "=" << value);
      CHECK(refusal_with(key + "=" + value) == "");
    }
    for (const auto& value : refused) {
      const std::string found = refusal_with(key + "=" + value);
      INFO(key << "=" << value << ": " << found);
      CHECK(contains(found, key));
      CHECK(contains(found, "must be " + text));
    }
  }
}

TEST_CASE("one_cycle takes no warm-up, and every other schedule does") {
  const auto with = [](const std::string& schedule) {
    return refusal_with(fmt::format("train.schedule={{name: {}, warmup_steps: 5}}", schedule));
  };
  const std::string found = with("one_cycle");
  INFO(found);
  CHECK(contains(found, "one_cycle starts with its own rise, so it takes no warm-up"));
  CHECK(contains(found, "remove warmup_steps; pct_start sets how long the rate rises"));
  CHECK(refusal_with("train.schedule={name: one_cycle, warmup_steps: 0}") == "");
  for (const auto& schedule : Catalog::instance().names("schedule")) {
    INFO(schedule);
    if (schedule != "one_cycle") CHECK(with(schedule) == "");
  }
}

}  // namespace
}  // namespace bnexp::config
