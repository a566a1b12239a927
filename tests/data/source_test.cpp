#include <cstring>
#include <set>

#include "base/hash.h"
#include "config/document/yaml.h"
#include "config/settings/catalog.h"
#include "config/settings/reader.h"
#include "data/dataset.h"
#include "data/support.h"
#include "support/catch.h"

namespace bnexp::data {
namespace {

using namespace testing;

config::Variant variant(const std::string& name, const Json& settings) {
  config::Variant result = config::default_variant("dataset", name);
  result.settings.update(settings);
  return result;
}

// Why a file with these `settings` of a data set is refused; empty when it is not.
std::string failures(const std::string& name, const Json& settings) {
  auto source = std::make_shared<config::Source>();
  source->text = settings.dump();  // JSON is YAML
  std::vector<config::Problem> problems;
  const auto tree = config::parse_yaml(source, problems);
  config::NodeReader reader(*tree, {"data", problems}, "dataset", name);
  config::Catalog::instance().find("dataset", name)->read(reader);
  return config::format(problems);
}

Json four_files(const std::string& prefix = "") {
  return {{"train_images", prefix + "train-images.gz"},
          {"train_labels", prefix + "train-labels"},
          {"test_images", prefix + "test-images"},
          {"test_labels", prefix + "test-labels"},
          {"validation", 4}};
}

std::string write_four(const fs::path& folder, std::uint32_t side = 28) {
  write_file(folder / "train-images.gz", gzip(idx_images(12, side, side)));
  write_file(folder / "train-labels", idx_labels(12));
  write_file(folder / "test-images", idx_images(5, side, side));
  write_file(folder / "test-labels", idx_labels(5));
  return idx_images(12, side, side) + idx_labels(12) + idx_images(5, side, side) + idx_labels(5);
}

TEST_CASE("every data set states MNIST's mean and deviation, its checksum and what it is") {
  CHECK(config::Catalog::instance().names("dataset") == std::vector<std::string>{"digits", "idx", "mnist"});
  for (const std::string& name : config::Catalog::instance().names("dataset")) {
    const Json settings = config::default_variant("dataset", name).settings;
    CHECK(settings.at("mean") == 0.1307);
    CHECK(settings.at("std") == 0.3081);
    CHECK_FALSE(config::Catalog::instance().find("dataset", name)->about.summary.empty());
  }
  CHECK(config::default_variant("dataset", "mnist").settings.at("validation") == 5000);
  CHECK(checksum(config::default_variant("dataset", "mnist"), {}) ==
        "b2d8f5bf39174ee5ffeefa97e42d673c35432b411bb5d1f74fbbeddae7f1690a");
}

TEST_CASE("a validation split that leaves nothing to train on is refused") {
  CHECK(contains(failures("mnist", {{"validation", 60000}}), "must be below 60000"));
  CHECK(contains(failures("digits", {{"train", 500}}), "must be below train, which is 500"));
  CHECK(failures("digits", {{"train", 500}, {"validation", 499}}).empty());
  const TempFolder folder;
  write_four(folder.path());
  Json settings = four_files();
  settings["validation"] = 12;
  CHECK(contains(complaint([&] { load(variant("idx", settings), {.folder = folder.path()}); }, ExitCode::usage),
                 "data.validation is 12, but the training file has 12 images"));
}

TEST_CASE("idx files are named one by one, by absolute path or one that stays in its folder") {
  CHECK(failures("idx", four_files()).empty());
  CHECK(failures("idx", four_files("/some/../where/")).empty());
  CHECK(contains(failures("idx", four_files("fashion/../../")),
                 "'fashion/../../train-images.gz' is outside of the folder that it is relative to"));
  CHECK(contains(failures("idx", Json::object()), "'train_images' is required"));
}

TEST_CASE("idx files load from the data folder, BNEXP_DATA_DIR or the configuration's folder, in this order") {
  const TempFolder folder;
  const std::string bytes = write_four(folder.path() / "fashion");
  const auto data = variant("idx", four_files("fashion/"));
  const ScopedVariable none("BNEXP_DATA_DIR", "");
  for (const Places& places :
       {Places{.folder = folder.path()}, Places{.folder = "/nowhere", .config_folder = folder.path()}}) {
    CHECK(checksum(data, places) == sha256_hex(bytes));
    const auto loaded = load(data, places);
    CHECK(loaded->header().sha256 == sha256_hex(bytes));
    CHECK(loaded->header().train == 12);
    CHECK(loaded->train(4).count == 8);
    CHECK(std::memcmp(loaded->test().images, bytes.data() + 16 + 12 * 784 + 8 + 12 + 16, 5 * 784) == 0);
    CHECK(int{loaded->test().labels[4]} == 4);
  }
  const ScopedVariable environment("BNEXP_DATA_DIR", folder.path().string());
  CHECK(load(data, {})->header().test == 5);
  const std::string message =
      complaint([&] { load(variant("idx", four_files("x/")), {.folder = "/a", .config_folder = "b"}); });
  CHECK(contains(message, "x/train-images.gz: no such file; looked for /a/x/train-images.gz, " +
                              (folder.path() / "x/train-images.gz").string() + ", b/x/train-images.gz"));
}

TEST_CASE("the checksum of idx files follows the files") {
  const TempFolder folder;
  write_four(folder.path());
  const Places places{.folder = folder.path()};
  const auto data = variant("idx", four_files());
  const std::string before = checksum(data, places);
  write_file(folder.path() / "train-labels", be32(0x801) + be32(12) + std::string(12, 1));
  fs::last_write_time(folder.path() / "train-labels", fs::file_time_type::clock::now() + std::chrono::seconds(2));
  CHECK(checksum(data, places) != before);
}

TEST_CASE("files that were replaced since the plan are refused, and the newest is named") {
  const TempFolder folder;
  write_four(folder.path());
  const Places places{.folder = folder.path()};
  const auto data = variant("idx", four_files());
  const std::string planned = checksum(data, places);
  CHECK(load(data, places, planned)->header().sha256 == planned);
  write_file(folder.path() / "train-labels", be32(0x801) + be32(12) + std::string(12, 1));
  fs::last_write_time(folder.path() / "train-labels", fs::file_time_type::clock::now() + std::chrono::seconds(2));
  const std::string message = complaint([&] { load(data, places, planned); });
  CHECK(contains(message, "expected " + planned));
  CHECK(contains(message, "last changed: " + (folder.path() / "train-labels").string()));
}

TEST_CASE("the numbers of images are known without the files where the settings say them") {
  const Counts digits = counts(variant("digits", {{"train", 70}, {"validation", 5}, {"test", 30}})).value();
  CHECK(std::vector{digits.train, digits.validation, digits.test} == std::vector<std::int64_t>{65, 5, 30});
  const Counts mnist = counts(variant("mnist", {{"validation", 5000}})).value();
  CHECK(std::vector{mnist.train, mnist.validation, mnist.test} == std::vector<std::int64_t>{55000, 5000, 10000});
  CHECK_FALSE(counts(variant("idx", four_files())));
}

TEST_CASE("idx images of another shape are refused with the shape that is taken") {
  const TempFolder folder;
  write_four(folder.path(), 32);
  CHECK(contains(complaint([&] { load(variant("idx", four_files()), {.folder = folder.path()}); }),
                 "train-images.gz: images of 32x32; the models here take 28x28"));
}

TEST_CASE("digits of any size are the beginning of the same sequence, with a checksum of their own") {
  const Json small{{"train", 300}, {"test", 40}, {"validation", 50}};
  const Json large{{"train", 9000}, {"test", 50}, {"validation", 50}};
  const auto first = load(variant("digits", small), {});
  const auto second = load(variant("digits", large), {});
  REQUIRE(first->header().train == 300);
  REQUIRE(second->header().train == 9000);
  CHECK(std::memcmp(first->train(0).images, second->train(0).images, 300 * 784) == 0);
  CHECK(std::memcmp(first->test().images, second->test().images, 40 * 784) == 0);
  CHECK(std::memcmp(first->train(0).images, first->test().images, 40 * 784) != 0);
  std::set<int> labels;
  for (int i = 0; i < 300; ++i) labels.insert(first->train(0).labels[i]);
  CHECK(labels == std::set<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});

  CHECK(first->header().sha256 == checksum(variant("digits", small), {}));
  CHECK(checksum(variant("digits", small), {}) != checksum(variant("digits", large), {}));
  Json other = small;
  other["seed"] = 2;
  CHECK(checksum(variant("digits", small), {}) != checksum(variant("digits", other), {}));
  Json split = small;
  split["validation"] = 100;
  CHECK(checksum(variant("digits", small), {}) == checksum(variant("digits", split), {}));
}

}  // namespace
}  // namespace bnexp::data
