#include "data/mnist.h"

#include "data/support.h"
#include "support/catch.h"

namespace bnexp::data {
namespace {

using namespace testing;

Places quiet(const fs::path& folder = {}) {
  Places places;
  places.folder = folder;
  places.quiet = true;
  return places;
}

// Where the real files are, or empty.
fs::path real_folder() {
  const char* folder = std::getenv("BNEXP_DATA_DIR");
  if (folder == nullptr) return {};
  for (const auto& file : mnist_files()) {
    if (!locate(folder, file.name)) return {};
  }
  return fs::absolute(folder);
}

TEST_CASE("MNIST is looked for in --data-dir, then BNEXP_DATA_DIR, then the cache folder") {
  const ScopedVariable home("HOME", "/house");
  const ScopedVariable cache("XDG_CACHE_HOME", "/caches");
  const ScopedVariable data("BNEXP_DATA_DIR", "/data");
  CHECK(mnist_folder(quiet("here")) == "here");
  CHECK(mnist_folder(quiet()) == "/data");
  const ScopedVariable no_data("BNEXP_DATA_DIR", "");
  CHECK(mnist_folder(quiet()) == "/caches/bnexp/mnist");
  const ScopedVariable relative("XDG_CACHE_HOME", "not/absolute");
  CHECK(mnist_folder(quiet()) == "/house/.cache/bnexp/mnist");
  const ScopedVariable no_home("HOME", "");
  CHECK(contains(complaint([] { mnist_folder(quiet()); }), "neither XDG_CACHE_HOME nor HOME"));
}

TEST_CASE("a folder the user named must have the files; nothing is downloaded behind their back") {
  const TempFolder folder;
  write_file(folder.path() / "train-labels-idx1-ubyte.gz", "");
  const Mirrors none{{}, "file"};
  const std::string by_flag = complaint([&] { load_mnist(quiet(folder.path()), none); });
  CHECK(contains(by_flag, folder.path().string() +
                              ": no MNIST here (from --data-dir): missing train-images-idx3-ubyte, "
                              "t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte"));
  CHECK(contains(by_flag, "bnexp data fetch mnist"));
  const ScopedVariable data("BNEXP_DATA_DIR", folder.path().string());
  CHECK(contains(complaint([&] { load_mnist(quiet(), none); }), "(from BNEXP_DATA_DIR)"));
}

TEST_CASE("without files and without a network, the error offers the embedded digits") {
  const TempFolder folder;
  const ScopedVariable data("BNEXP_DATA_DIR", "");
  const ScopedVariable cache("XDG_CACHE_HOME", folder.path().string());
  const std::string unreachable = complaint([] { load_mnist(quiet(), {{"file:///nowhere/"}, "file"}); });
  CHECK(contains(unreachable, "file:///nowhere/train-images-idx3-ubyte.gz: "));
  CHECK(contains(unreachable, "`data: digits`"));
  Places offline = quiet();
  offline.offline = true;
  CHECK(contains(complaint([&] { load_mnist(offline, {}); }), "the network is off"));
}

TEST_CASE("files of another data set under MNIST's names are refused by checksum") {
  const TempFolder folder;
  write_file(folder.path() / "train-images-idx3-ubyte", idx_images(5));
  write_file(folder.path() / "train-labels-idx1-ubyte", idx_labels(5));
  write_file(folder.path() / "t10k-images-idx3-ubyte", idx_images(2));
  write_file(folder.path() / "t10k-labels-idx1-ubyte", idx_labels(2));
  const std::string message = complaint([&] { load_mnist(quiet(folder.path()), {}); });
  CHECK(contains(message, "train-images-idx3-ubyte: not MNIST's train-images-idx3-ubyte: SHA-256"));
  CHECK(contains(message, "expected ba891046e6505d7a"));
  CHECK(contains(message, "name: idx"));
}

TEST_CASE("the product's mirrors are https") {
  CHECK(mnist_mirrors().protocols == "https");
  for (const auto& url : mnist_mirrors().urls) CHECK((url.starts_with("https://") && url.ends_with("/")));
}

TEST_CASE("the real MNIST loads from the folder BNEXP_DATA_DIR names") {
  const fs::path folder = real_folder();
  if (folder.empty()) {
    SUCCEED("BNEXP_DATA_DIR names no folder with MNIST");
    return;
  }
  const auto data = load_mnist(quiet(folder), {});
  CHECK(data->header().name == "mnist");
  CHECK(data->header().sha256 == kMnistSha256);
  REQUIRE(data->header().train == 60000);
  REQUIRE(data->header().test == 10000);
  CHECK(data->header().rows == 28);
  CHECK(int{data->train(5000).labels[0]} == 5);
  CHECK(int{data->validation(5000).labels[4999]} == 8);
  CHECK(int{data->test().labels[0]} == 7);
  double sum = 0;
  for (std::int64_t i = 0; i < 60000 * 784; ++i) sum += data->train(0).images[i];
  CHECK(sum / 255 / 60000 / 784 == Approx(DatasetOptions().mean).epsilon(1e-3));
}

TEST_CASE("a damaged cache heals from a mirror") {
  const fs::path folder = real_folder();
  if (folder.empty()) {
    SUCCEED("BNEXP_DATA_DIR names no folder with MNIST");
    return;
  }
  const TempFolder caches;
  const ScopedVariable data("BNEXP_DATA_DIR", "");
  const ScopedVariable cache("XDG_CACHE_HOME", caches.path().string());
  const Mirrors mirrors{{"file://" + folder.string() + "/"}, "file"};
  CHECK(load_mnist(quiet(), mirrors)->header().train == 60000);
  const fs::path labels = caches.path() / "bnexp" / "mnist" / "t10k-labels-idx1-ubyte.gz";
  const std::string right = read_file(labels);
  write_file(labels, right.substr(0, 1000));
  Places offline = quiet();
  offline.offline = true;
  CHECK(contains(complaint([&] { load_mnist(offline, mirrors); }), "the gzip file is cut off"));
  CHECK(load_mnist(quiet(), mirrors)->header().test == 10000);
  CHECK(read_file(labels) == right);
}

}  // namespace
}  // namespace bnexp::data
