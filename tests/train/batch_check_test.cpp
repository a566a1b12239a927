#include "train/batch_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <tuple>

#include "support/catch.h"
#include "support/trials.h"
#include "train/trainer.h"

namespace bnexp {
namespace {

using tests::small_spec;
using tests::variant;
using Sizes = std::vector<std::int64_t>;

std::optional<Sizes> sizes(std::int64_t images, std::int64_t size, std::int64_t group) {
  return train::evaluation_batches(images, size, [&](std::int64_t batch) { return batch % group != 1; });
}

TEST_CASE("an evaluation's batches are of one size and the rest, but for those that leave a group one image") {
  CHECK(sizes(200, 64, 1000) == Sizes{64, 64, 64, 8});
  CHECK(sizes(65, 64, 1000) == Sizes{65});
  CHECK(sizes(129, 64, 1000) == Sizes{64, 65});
  CHECK(sizes(65, 64, 16) == Sizes{63, 2});
  CHECK(sizes(17, 64, 16) == Sizes{15, 2});
  CHECK(sizes(81, 64, 16) == Sizes{64, 15, 2});
  CHECK(sizes(50, 64, 7) == Sizes{48, 2});
  CHECK(sizes(7, 4, 3) == Sizes{3, 2, 2});
  CHECK(sizes(8, 1, 16) == std::nullopt);
  CHECK(sizes(1, 64, 16) == std::nullopt);
  CHECK(sizes(17, 64, 2) == std::nullopt);
}

TEST_CASE("with groups of three or more, any two images or more are divided into batches that the norm takes") {
  for (std::int64_t group = 3; group <= 20; ++group) {
    for (std::int64_t size = 2; size <= 40; ++size) {
      for (std::int64_t images = 2; images <= 130; ++images) {
        CAPTURE(group, size, images);
        const auto found = sizes(images, size, group);
        REQUIRE(found);
        REQUIRE(std::accumulate(found->begin(), found->end(), std::int64_t{0}) == images);
        for (const auto batch : *found) REQUIRE((batch >= 2 && batch <= size + 1 && batch % group != 1));
      }
    }
  }
}

config::TrialSpec untracked_ghost(std::int64_t group, std::int64_t test, std::int64_t validation) {
  config::TrialSpec spec = small_spec();
  spec.norm = variant("norm", "ghost", {{"track_running_stats", false}, {"group", group}});
  spec.data.settings.update({{"test", test}, {"validation", validation}});
  return spec;
}

TEST_CASE("a ghost norm that evaluates by the batch gets two images or more in each group") {
  for (const auto& [group, test, validation] : std::vector<std::array<std::int64_t, 3>>{
           {16, 65, 100}, {16, 17, 100}, {16, 81, 100}, {7, 200, 50}, {2, 200, 100}}) {
    CAPTURE(group, test, validation);
    const config::TrialSpec spec = untracked_ghost(group, test, validation);
    CHECK(train::check(spec).empty());
    const train::TrialResult result = tests::run(spec);
    CHECK(result.status == train::Status::ok);
    CHECK((result.failure ? result.failure->message : "").empty());
  }
}

TEST_CASE("images that no division gives a group two of are refused before training") {
  for (const auto& [test, validation, key] :
       std::vector<std::tuple<int, int, std::string>>{{17, 100, "data.test"}, {200, 51, "data.validation"}}) {
    CAPTURE(key);
    const config::TrialSpec spec = untracked_ghost(2, test, validation);
    const auto findings = train::check(spec);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].key == key);
    CHECK(findings[0].hint ==
          fmt::format("take {} of them, or change the norm's settings", std::min(test, validation) + 1));
    const train::TrialResult result = tests::run(spec);
    CHECK(result.status == train::Status::failed);
    REQUIRE(result.failure);
    CHECK(result.failure->message == findings[0].message + "; " + findings[0].hint);
  }
}

}  // namespace
}  // namespace bnexp
