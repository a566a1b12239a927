#include "data/batches.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "data/support.h"
#include "support/catch.h"
#include "support/targets.h"

namespace bnexp::data {
namespace {

using namespace testing;

// A split of `count` one-pixel images, image i with pixel i and label i % 10.
struct Pixels {
  explicit Pixels(std::size_t count) : images(count), labels(count) {
    std::iota(images.begin(), images.end(), std::uint8_t{0});
    for (std::size_t i = 0; i < count; ++i) labels[i] = static_cast<std::uint8_t>(i % 10);
  }
  Split split() const { return {images.data(), labels.data(), static_cast<std::int64_t>(images.size())}; }
  std::vector<std::uint8_t> images;
  std::vector<std::uint8_t> labels;
};

std::vector<std::uint32_t> order_of(Batches& batches, std::int64_t count) {
  std::vector<std::uint32_t> order;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto& batch = batches.next();
    order.insert(order.end(), batch.begin(), batch.end());
  }
  return order;
}

TEST_CASE("every epoch visits each image exactly once, in an order of its own") {
  const Pixels pixels(103);
  Batches batches(pixels.split(), 1, 10, false, 1);
  REQUIRE(batches.batches_per_epoch() == 11);
  std::set<std::vector<std::uint32_t>> orders;
  for (int epoch = 0; epoch < 3; ++epoch) {
    auto order = order_of(batches, 11);
    CHECK(batches.epoch() == epoch);
    CHECK(orders.insert(order).second);
    std::sort(order.begin(), order.end());
    std::vector<std::uint32_t> all(103);
    std::iota(all.begin(), all.end(), 0U);
    CHECK(order == all);
  }
}

TEST_CASE("the last batch of an epoch is partial, or dropped with drop_last") {
  const Pixels pixels(103);
  Batches keeping(pixels.split(), 1, 10, false, 1);
  for (int i = 0; i < 10; ++i) CHECK(keeping.next().size() == 10);
  CHECK(keeping.next().size() == 3);
  CHECK(keeping.next().size() == 10);

  Batches dropping(pixels.split(), 1, 10, true, 1);
  CHECK(dropping.batches_per_epoch() == 10);
  for (int i = 0; i < 10; ++i) CHECK(dropping.next().size() == 10);
  CHECK(dropping.epoch() == 0);
  CHECK(dropping.next().size() == 10);
  CHECK(dropping.epoch() == 1);
}

TEST_CASE("a batch larger than the split is the split, and nothing at all with drop_last") {
  const Pixels pixels(7);
  Batches batches(pixels.split(), 1, 100, false, 1);
  CHECK(batches.batches_per_epoch() == 1);
  CHECK(batches.next().size() == 7);
  CHECK(batches.next().size() == 7);
  CHECK(batches.epoch() == 1);
  const auto none = [&] { Batches(pixels.split(), 1, 8, true, 1); };
  CHECK(contains(complaint(none, ExitCode::usage), "train.batch_size is 8, but there are only 7 images"));
}

TEST_CASE("the seed alone decides the order, whatever the batch size") {
  const Pixels pixels(60);
  Batches first(pixels.split(), 1, 10, false, 5);
  Batches again(pixels.split(), 1, 10, false, 5);
  Batches larger(pixels.split(), 1, 20, false, 5);
  Batches other(pixels.split(), 1, 10, false, 6);
  const auto order = order_of(first, 12);
  CHECK(order_of(again, 12) == order);
  CHECK(order_of(larger, 6) == order);
  CHECK(order_of(other, 12) != order);
}

TEST_CASE("batches go on from a position as if there had been no interruption") {
  const Pixels pixels(10);
  for (int taken = 0; taken < 9; ++taken) {
    INFO("after " << taken << " batches");
    Batches whole(pixels.split(), 1, 4, false, 7);
    for (int i = 0; i < taken; ++i) whole.next();
    Batches resumed(pixels.split(), 1, 4, false, 7);
    resumed.seek(Json::parse(whole.position().dump()));
    for (int i = 0; i < 7; ++i) CHECK(resumed.next() == whole.next());
  }
  Batches batches(pixels.split(), 1, 4, false, 7);
  for (const Json& wrong : {Json(nullptr), Json{{"epoch", 0}}, Json{{"epoch", 0}, {"batch", 3}},
                            Json{{"epoch", -1}, {"batch", 1}}, Json{{"epoch", 0}, {"batch", "one"}}}) {
    INFO(wrong.dump());
    CHECK_THROWS_AS(batches.seek(wrong), Error);
  }
}

TEST_CASE("filling a batch copies its images normalized and their labels") {
  const Pixels pixels(40);
  const Normalizer normalizer(0.1307, 0.3081);
  Batches batches(pixels.split(), 1, 16, false, 2);
  for (int i = 0; i < 3; ++i) {
    const auto& batch = batches.next();
    std::vector<float> images(16, -1);
    std::vector<std::int64_t> labels(16, -1);
    REQUIRE(batches.fill(normalizer, images.data(), labels.data()) == static_cast<std::int64_t>(batch.size()));
    for (std::size_t j = 0; j < batch.size(); ++j) {
      CHECK(labels[j] == batch[j] % 10);
      CHECK(images[j] == static_cast<float>((batch[j] / 255.0 - 0.1307) / 0.3081));
    }
    if (batch.size() < 16) CHECK(images[batch.size()] == -1);
  }
}

TEST_CASE("pixels become (pixel / 255 - mean) / std, the same bits on every instruction set") {
  std::vector<std::uint8_t> pixels(256);
  std::iota(pixels.begin(), pixels.end(), std::uint8_t{0});
  tests::on_every_target([&] {
    for (const auto& [mean, std] : {std::pair(0.0, 1.0), {0.5, 0.25}, {0.1307, 0.3081}, {0.2860, 0.3530}}) {
      for (const std::int64_t count : {256, 253, 1}) {
        std::vector<float> out(256, -7);
        Normalizer(mean, std).apply(pixels.data(), count, out.data());
        for (std::int64_t i = 0; i < count; ++i) {
          CHECK(out[i] == static_cast<float>((static_cast<double>(pixels[i]) / 255 - mean) / std));
        }
        if (count < 256) CHECK(out[count] == -7);
      }
    }
  });
}

}  // namespace
}  // namespace bnexp::data
