#include "data/export.h"

#include <sys/resource.h>

#include <csignal>
#include <cstring>

#include "data/idx.h"
#include "data/support.h"
#include "support/catch.h"

namespace bnexp::data {
namespace {

using namespace testing;

// So many training images, and a test image, of one pixel.
std::shared_ptr<const Dataset> blank_images(std::int64_t train) {
  Dataset::Header header;
  header.rows = header.columns = 1;
  header.train = train;
  header.test = 1;
  return std::make_shared<Dataset>(header, Dataset::allocate(header));
}

TEST_CASE("an exported data set reads back as the same images and labels") {
  Dataset::Header header;
  header.rows = 3;
  header.columns = 2;
  header.train = 300;
  header.test = 2;
  auto arrays = Dataset::allocate(header);
  for (int i = 0; i < 300 * 6; ++i) arrays.train_images.data()[i] = static_cast<std::uint8_t>(i * 7);
  for (int i = 0; i < 300; ++i) arrays.train_labels.data()[i] = static_cast<std::uint8_t>(i % 10);
  std::memset(arrays.test_images.data(), 255, 12);
  arrays.test_labels.data()[1] = 9;
  const auto data = std::make_shared<Dataset>(header, std::move(arrays));

  const TempFolder folder;
  const fs::path out = folder.path() / "new" / "folder";
  write_idx_files(*data, out);
  Sha256 hash;
  const IdxImages train = read_idx_images(out / "train-images-idx3-ubyte", hash);
  CHECK(train.count == 300);
  CHECK(train.rows == 3);
  CHECK(train.columns == 2);
  CHECK(std::memcmp(train.pixels.data(), data->train(0).images, train.pixels.size()) == 0);
  CHECK(read_idx_labels(out / "train-labels-idx1-ubyte", hash).labels.data()[299] == 9);
  const auto copy = [](const SharedBytes& bytes) { return std::vector<std::uint8_t>(bytes.begin(), bytes.end()); };
  CHECK(copy(read_idx_images(out / "t10k-images-idx3-ubyte", hash).pixels) == std::vector<std::uint8_t>(12, 255));
  CHECK(copy(read_idx_labels(out / "t10k-labels-idx1-ubyte", hash).labels) == std::vector<std::uint8_t>{0, 9});

  const std::string message = complaint([&] { write_idx_files(*data, out / "train-images-idx3-ubyte"); });
  CHECK(contains(message, "train-images-idx3-ubyte"));
}

TEST_CASE("an export that fails leaves the files that were there, and nothing else") {
  const auto small = blank_images(2), large = blank_images(4);
  const TempFolder folder;
  write_idx_files(*small, folder.path());
  const std::string before = read_file(folder.path() / "train-images-idx3-ubyte");
  // The second file doesn't fit.
  rlimit former{};
  getrlimit(RLIMIT_FSIZE, &former);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{19, former.rlim_max};
  setrlimit(RLIMIT_FSIZE, &limit);
  const std::string message = complaint([&] { write_idx_files(*large, folder.path()); });
  setrlimit(RLIMIT_FSIZE, &former);
  std::signal(SIGXFSZ, handler);
  CHECK(contains(message, "train-images-idx3-ubyte"));
  CHECK(read_file(folder.path() / "train-images-idx3-ubyte") == before);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder.path())) ++files;
  CHECK(files == 4);
  write_idx_files(*large, folder.path());
  CHECK(read_file(folder.path() / "train-images-idx3-ubyte").size() == 16 + 4);
}

TEST_CASE("an export into a folder that has something else in a file's place changes nothing") {
  const auto data = blank_images(2);
  const TempFolder folder;
  write_idx_files(*data, folder.path());
  const fs::path last = folder.path() / "t10k-labels-idx1-ubyte";
  fs::remove(last);
  fs::create_directory(last);
  const std::string message = complaint([&] { write_idx_files(*data, folder.path()); });
  CHECK(contains(message, "t10k-labels-idx1-ubyte: it is not a regular file"));
  CHECK(fs::is_directory(last));
  CHECK(fs::is_regular_file(folder.path() / "train-images-idx3-ubyte"));
  CHECK(fs::is_regular_file(folder.path() / "t10k-images-idx3-ubyte"));
  CHECK_FALSE(fs::exists(folder.path() / ".unfinished"));
}

}  // namespace
}  // namespace bnexp::data
