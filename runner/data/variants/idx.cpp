// Any four IDX files in MNIST's format, by path: Fashion-MNIST, KMNIST, your own.
#include "data/idx.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "config/settings/catalog.h"

namespace bnexp::data {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSide = 28;

struct IdxOptions : DatasetOptions {
  std::string train_images;
  std::string train_labels;
  std::string test_images;
  std::string test_labels;

  void fields(config::Fields& f) {
    file(f, "train_images", train_images,
         "IDX file of the training images, plain or .gz; looked for in --data-dir, "
         "BNEXP_DATA_DIR and the configuration's folder");
    file(f, "train_labels", train_labels, "IDX file of their labels, 0 to 9");
    file(f, "test_images", test_images, "IDX file of the test images");
    file(f, "test_labels", test_labels, "IDX file of their labels");
    DatasetOptions::fields(f);
  }

 private:
  static void file(config::Fields& f, const char* key, std::string& value, const char* doc) {
    f.text(key, value, doc);
    f.check(!value.empty(), key, fmt::format("'{}' is required", key), "name an IDX file, plain or .gz");
    const fs::path path = value;
    const bool climbs = path.is_relative() && std::find(path.begin(), path.end(), "..") != path.end();
    f.check(!climbs, key, fmt::format("'{}' is outside of the folder that it is relative to", value),
            "use an absolute path, or one without '..'");
  }
};

fs::path find_file(const std::string& file, const Places& places) {
  const fs::path path = file;
  const char* environment = std::getenv("BNEXP_DATA_DIR");
  std::vector<fs::path> folders;
  if (path.is_absolute()) {
    folders.emplace_back();
  } else {
    if (!places.folder.empty()) folders.push_back(places.folder);
    if (environment != nullptr && *environment != '\0') folders.emplace_back(environment);
    folders.push_back(places.config_folder);
  }
  std::vector<std::string> tried;
  for (const auto& folder : folders) {
    std::error_code ignored;
    if (fs::exists(folder / path, ignored)) return folder / path;
    tried.push_back((folder / path).string());
  }
  throw environment_error(fmt::format("{}: no such file; looked for {}", file, join(tried, ", ")),
                          "paths are relative to --data-dir, BNEXP_DATA_DIR or the configuration's folder");
}

IdxPaths find_files(const IdxOptions& options, const Places& places) {
  return {find_file(options.train_images, places), find_file(options.train_labels, places),
          find_file(options.test_images, places), find_file(options.test_labels, places)};
}

std::shared_ptr<Dataset> load_idx(const IdxPaths& paths) {
  Sha256 hash;
  IdxSet set;
  set.train_images = read_idx_images(paths.train_images, hash);
  set.train_labels = read_idx_labels(paths.train_labels, hash);
  set.test_images = read_idx_images(paths.test_images, hash);
  set.test_labels = read_idx_labels(paths.test_labels, hash);
  auto data = make_dataset("idx", hash.hex(), std::move(set), paths);
  if (data->header().rows != kSide || data->header().columns != kSide) {
    throw environment_error(fmt::format("{}: images of {}x{}; the models here take 28x28", paths.train_images.string(),
                                        data->header().rows, data->header().columns),
                            "scale the images to 28x28");
  }
  return data;
}

// A file's content changes only with its size or time, so a process computes its checksum once.
std::string idx_checksum(const IdxPaths& paths) {
  static std::mutex mutex;
  static std::map<std::string, std::string> known;
  std::string key;
  for (const auto& path : {paths.train_images, paths.train_labels, paths.test_images, paths.test_labels}) {
    std::error_code ignored;
    key += fmt::format("{}\n{} {}\n", path.string(), fs::file_size(path, ignored),
                       fs::last_write_time(path, ignored).time_since_epoch().count());
  }
  const std::lock_guard lock(mutex);
  std::string& sha256 = known[key];
  if (sha256.empty()) sha256 = load_idx(paths)->header().sha256;
  return sha256;
}

IdxOptions options_of(const config::Variant& data) { return config::from_json<IdxOptions>(data.settings); }

[[maybe_unused]] const bool added =
    config::Catalog::instance().add_options<IdxOptions>(
        "dataset", "idx",
        {"Any four IDX files of 28x28 grey images in ten classes: Fashion-MNIST, KMNIST, your own.",
         "x = (pixel / 255 - mean) / std", "the format of yann.lecun.com/exdb/mnist"}) &&
    add_source("idx", {[](const config::Variant& data, const Places& places) {
                         return idx_checksum(find_files(options_of(data), places));
                       },
                       [](const config::Variant& data, const Places& places) {
                         return load_idx(find_files(options_of(data), places));
                       }});

}  // namespace
}  // namespace bnexp::data
