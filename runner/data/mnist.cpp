#include "data/mnist.h"

#include <fmt/format.h>

#include <cstdlib>
#include <future>
#include <utility>

#include "base/console.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "data/idx.h"

namespace bnexp::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRemedy =
    "put the four files into a folder and name it with --data-dir or BNEXP_DATA_DIR, or use `data: digits`, which "
    "needs "
    "no files";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// "--data-dir" or "BNEXP_DATA_DIR" when the user named the folder, else "".
std::string named_by(const Places& places) {
  if (!places.folder.empty()) return "--data-dir";
  return environment("BNEXP_DATA_DIR").empty() ? "" : "BNEXP_DATA_DIR";
}

std::vector<std::string> missing_files(const fs::path& folder) {
  std::vector<std::string> missing;
  for (const auto& file : mnist_files()) {
    if (!locate(folder, file.name)) missing.push_back(file.name);
  }
  return missing;
}

// `read` is read_idx_images or read_idx_labels; the file must be the known one.
template <class Read>
auto read_known(const fs::path& path, const KnownFile& known, Read read) {
  Sha256 hash;
  auto result = read(path, hash);
  const std::string found = hash.hex();
  if (found != known.sha256) {
    throw environment_error(fmt::format("{}: not MNIST's {}: SHA-256 (uncompressed) {}, expected {}", path.string(),
                                        known.name, found, known.sha256),
                            "fetch the file again; for another data set of this shape use `data: {name: idx, ...}`");
  }
  return result;
}

std::shared_ptr<Dataset> read(const fs::path& folder) {
  const auto& files = mnist_files();
  const auto path = [&](std::size_t i) { return locate(folder, files[i].name).value_or(folder / files[i].name); };
  const IdxPaths paths{path(0), path(1), path(2), path(3)};
  auto test_images = std::async([&] { return read_known(paths.test_images, files[2], read_idx_images); });
  IdxSet set;
  set.train_images = read_known(paths.train_images, files[0], read_idx_images);
  set.train_labels = read_known(paths.train_labels, files[1], read_idx_labels);
  set.test_images = test_images.get();
  set.test_labels = read_known(paths.test_labels, files[3], read_idx_labels);
  return make_dataset("mnist", kMnistSha256, std::move(set), paths);
}

}  // namespace

const std::vector<KnownFile>& mnist_files() {
  static const std::vector<KnownFile> files{
      {"train-images-idx3-ubyte", 47040016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
      {"train-labels-idx1-ubyte", 60008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
      {"t10k-images-idx3-ubyte", 7840016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
      {"t10k-labels-idx1-ubyte", 10008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
  };
  return files;
}

Mirrors mnist_mirrors() {
  return {{"https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/",
           "https://yann.lecun.com/exdb/mnist/"},
          "https"};
}

fs::path mnist_folder(const Places& places) {
  if (!places.folder.empty()) return places.folder;
  if (const std::string folder = environment("BNEXP_DATA_DIR"); !folder.empty()) return folder;
  if (const fs::path cache = environment("XDG_CACHE_HOME"); cache.is_absolute()) return cache / "bnexp" / "mnist";
  if (const fs::path home = environment("HOME"); home.is_absolute()) return home / ".cache" / "bnexp" / "mnist";
  throw environment_error("no folder to keep MNIST in: neither XDG_CACHE_HOME nor HOME names one",
                          "name a folder with --data-dir or BNEXP_DATA_DIR");
}

fs::path fetch_mnist(const Places& places, const Mirrors& mirrors) {
  const fs::path folder = mnist_folder(places);
  fetch(folder, mnist_files(), mirrors, "mnist", kRemedy, places.quiet);
  return folder;
}

std::shared_ptr<Dataset> load_mnist(const Places& places, const Mirrors& mirrors) {
  const fs::path folder = mnist_folder(places);
  const std::string named = named_by(places);
  const auto missing = missing_files(folder);
  if (!missing.empty() && (!named.empty() || places.offline)) {
    throw environment_error(
        fmt::format("{}: no MNIST here ({}): missing {} (plain or .gz)", folder.string(),
                    named.empty() ? "the cache folder, and the network is off" : "from " + named, join(missing, ", ")),
        named.empty() ? kRemedy : "`bnexp data fetch mnist` downloads them into that folder; or use `data: digits`");
  }
  if (missing.empty()) {
    try {
      return read(folder);
    } catch (const Error& error) {
      if (!named.empty() || places.offline) throw;
      if (!places.quiet) console::note("{}; fetching it again\n", error.what());
    }
  }
  fetch_mnist(places, mirrors);
  return read(folder);
}

}  // namespace bnexp::data
