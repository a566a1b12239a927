// Digits drawn by this program, for machines without a network and for tests: any number, the same bits on every
// machine.
#include "data/digits.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <vector>

#include "base/background.h"
#include "base/hash.h"
#include "base/machine.h"
#include "config/settings/catalog.h"
#include "data/dataset.h"

namespace bnexp::data {
namespace {

constexpr std::int64_t kMostImages = 1'000'000;
constexpr std::int64_t kSide = 28;

struct DigitsOptions : DatasetOptions {
  std::int64_t seed = 1;
  std::int64_t train = 10000;
  std::int64_t test = 2000;

  DigitsOptions() { validation = 1000; }
  void fields(config::Fields& f) {
    f.integer("seed", seed, config::at_least(0), "seed of the drawing; independent of the trial's seed");
    f.integer("train", train, config::between(1, kMostImages), "images in the training file, validation included");
    f.integer("test", test, config::between(1, kMostImages), "images in the test file");
    DatasetOptions::fields(f);
    f.check(validation < train, "validation", fmt::format("must be below train, which is {}", train),
            "lower data.validation or raise data.train");
  }
};

std::string digits_checksum(const DigitsOptions& options) {
  return sha256_hex(fmt::format("digits/{}/{}/{}/{}", kDigitsVersion, options.seed, options.train, options.test));
}

// An image depends only on its index, so any number of threads draws the same bits.
void draw(std::uint64_t seed, std::uint32_t stream, std::int64_t count, std::uint8_t* images, std::uint8_t* labels) {
  constexpr std::int64_t kWorthAThread = 2000;
  const std::int64_t parts = std::clamp<std::int64_t>(count / kWorthAThread, 1, available_cores());
  std::vector<std::future<void>> drawn;
  for (std::int64_t part = 0; part < parts; ++part) {
    const std::int64_t first = count * part / parts;
    const std::int64_t last = count * (part + 1) / parts;
    drawn.push_back(in_background(
        [=] { draw_digits(seed, stream, first, last - first, images + first * kSide * kSide, labels + first); }));
  }
  for (auto& one : drawn) one.get();
}

std::shared_ptr<Dataset> load_digits(const DigitsOptions& options) {
  Dataset::Header header;
  header.rows = header.columns = kSide;
  header.train = options.train;
  header.test = options.test;
  header.name = "digits";
  header.sha256 = digits_checksum(options);
  Dataset::Arrays arrays = Dataset::allocate(header);
  const auto seed = static_cast<std::uint64_t>(options.seed);
  draw(seed, 0, options.train, arrays.train_images.data(), arrays.train_labels.data());
  draw(seed, 1, options.test, arrays.test_images.data(), arrays.test_labels.data());
  return std::make_shared<Dataset>(std::move(header), std::move(arrays));
}

DigitsOptions options_of(const config::Variant& data) { return config::from_json<DigitsOptions>(data.settings); }

[[maybe_unused]] const bool added =
    config::Catalog::instance().add_options<DigitsOptions>(
        "dataset", "digits",
        {"Digits drawn procedurally, centred by mass like MNIST's; needs neither files nor network.",
         "x = (pixel / 255 - mean) / std",
         "bnexp's own generator: stroke skeletons, several writing styles per class"}) &&
    add_source("digits", {[](const config::Variant& data, const Places&) { return digits_checksum(options_of(data)); },
                          [](const config::Variant& data, const Places&) { return load_digits(options_of(data)); },
                          [](const config::Variant& data) {
                            const DigitsOptions options = options_of(data);
                            return Counts{.train = options.train, .test = options.test};
                          }});

}  // namespace
}  // namespace bnexp::data
