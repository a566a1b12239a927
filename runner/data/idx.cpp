#include "data/idx.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <future>
#include <utility>

#include "base/error.h"
#include "data/expanded_file.h"

namespace bnexp::data {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kImages = 0x00000803;
constexpr std::uint32_t kLabels = 0x00000801;
constexpr std::size_t kChunk = 1 << 20;

std::uint32_t big_endian(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

std::string kind(std::uint32_t magic) { return magic == kImages ? "images" : "labels"; }

[[noreturn]] void refuse(const fs::path& path, const std::string& what, const std::string& hint) {
  throw environment_error(fmt::format("{}: {}", path.string(), what), hint);
}

[[noreturn]] void refuse_magic(const fs::path& path, std::uint32_t found, std::uint32_t expected) {
  const std::string wanted =
      fmt::format("an IDX file of {} starts with 0x{:08x}, this one with 0x{:08x}", kind(expected), expected, found);
  if (found == kImages || found == kLabels) {
    refuse(path, fmt::format("{} where {} are expected: {}", kind(found), kind(expected), wanted),
           "check that the paths of images and labels aren't swapped");
  }
  if (found >> 16 != 0) {
    refuse(path, "not an IDX file: " + wanted, "check what was downloaded: it may be an archive or a web page");
  }
  refuse(path, fmt::format("elements of type 0x{:02x} in {} dimensions: {}", found >> 8, found & 255, wanted),
         "convert the data to unsigned bytes (type 0x08)");
}

struct Raw {
  std::array<std::int64_t, 3> sizes{1, 1, 1};
  SharedBytes elements;
};

// The file's dimensions, within the bounds.
Raw read_header(const fs::path& path, std::uint32_t magic, ExpandedFile& file, Sha256& hash) {
  std::array<std::uint8_t, 16> header{};
  const std::size_t length = magic == kImages ? 16 : 8;
  const std::size_t got = file.read(header.data(), length);
  if (got >= 4 && big_endian(header.data()) != magic) refuse_magic(path, big_endian(header.data()), magic);
  if (got < length) {
    refuse(path, fmt::format("cut off: it has {} bytes, its header alone needs {}", got, length),
           "fetch the file again");
  }
  hash.update(header.data(), length);
  Raw raw;
  for (std::size_t i = 0; 4 * (i + 1) < length; ++i) raw.sizes[i] = big_endian(&header[4 * (i + 1)]);
  const auto [count, rows, columns] = raw.sizes;
  if (count < 1 || rows < 1 || columns < 1) {
    refuse(path, fmt::format("its header says {} {} of {}x{}: nothing to read", count, kind(magic), rows, columns),
           "check how the file was made");
  }
  if (count > kMaxIdxImages || rows > kMaxIdxSide || columns > kMaxIdxSide || count * rows * columns > kMaxIdxBytes) {
    refuse(path,
           fmt::format("its header says {} {} of {}x{}; at most {} of {}x{} and {} MiB are read", count, kind(magic),
                       rows, columns, kMaxIdxImages, kMaxIdxSide, kMaxIdxSide, kMaxIdxBytes >> 20),
           "the header is damaged, or the data has to be split");
  }
  return raw;
}

Raw read_raw(const fs::path& path, std::uint32_t magic, Sha256& hash) {
  ExpandedFile file(path);
  Raw raw = read_header(path, magic, file, hash);
  const auto [count, rows, columns] = raw.sizes;
  const auto expected = static_cast<std::size_t>(count * rows * columns);
  const std::string claim =
      magic == kImages ? fmt::format("{} images of {}x{}", count, rows, columns) : fmt::format("{} labels", count);
  // The header is not trusted: memory grows with the data read.
  raw.elements = SharedBytes(std::min<std::size_t>(expected, file.most_bytes()));
  std::future<void> hashed;  // of the previous block
  std::size_t done = 0;
  while (done < expected) {
    std::uint8_t* const to = raw.elements.data() + done;
    const std::size_t got = file.read(to, std::min(kChunk, raw.elements.size() - done));
    if (got == 0) {
      refuse(path,
             fmt::format("cut off: its header says {}, that is {} bytes, but only {} follow", claim, expected, done),
             "fetch the file again");
    }
    if (hashed.valid()) hashed.get();
    hashed = std::async([&hash, to, got] { hash.update(to, got); });
    done += got;
  }
  hashed.get();
  std::uint8_t more = 0;
  if (file.read(&more, 1) != 0) {
    refuse(path, fmt::format("too long: its header says {}, that is {} bytes, but more follow", claim, expected),
           "fetch the file again, or correct the count in its header");
  }
  return raw;
}

void check_pair(const IdxImages& images, const IdxLabels& labels, const fs::path& image_path,
                const fs::path& label_path) {
  if (images.count != static_cast<std::int64_t>(labels.labels.size())) {
    refuse(label_path,
           fmt::format("{} labels for the {} images of {}", labels.labels.size(), images.count, image_path.string()),
           "check that images and labels are of the same set");
  }
}

}  // namespace

IdxImages read_idx_images(const fs::path& path, Sha256& hash) {
  Raw raw = read_raw(path, kImages, hash);
  return {raw.sizes[0], raw.sizes[1], raw.sizes[2], std::move(raw.elements)};
}

IdxLabels read_idx_labels(const fs::path& path, Sha256& hash) {
  Raw raw = read_raw(path, kLabels, hash);
  const auto* wrong = std::ranges::find_if(raw.elements, [](std::uint8_t label) { return label > 9; });
  if (wrong != raw.elements.end()) {
    refuse(path, fmt::format("label {} is {}; labels are 0 to 9", wrong - raw.elements.begin(), *wrong),
           "ten classes are supported, numbered from 0");
  }
  return {std::move(raw.elements)};
}

std::shared_ptr<Dataset> make_dataset(const std::string& name, const std::string& sha256, IdxSet set,
                                      const IdxPaths& paths) {
  auto& [train_images, train_labels, test_images, test_labels] = set;
  check_pair(train_images, train_labels, paths.train_images, paths.train_labels);
  check_pair(test_images, test_labels, paths.test_images, paths.test_labels);
  if (train_images.rows != test_images.rows || train_images.columns != test_images.columns) {
    refuse(paths.test_images,
           fmt::format("images of {}x{}, but those of {} are {}x{}", test_images.rows, test_images.columns,
                       paths.train_images.string(), train_images.rows, train_images.columns),
           "check that training and test images are of the same set");
  }
  Dataset::Header header{.rows = train_images.rows,
                         .columns = train_images.columns,
                         .train = train_images.count,
                         .test = test_images.count,
                         .name = name,
                         .sha256 = sha256,
                         .files = {paths.train_images, paths.train_labels, paths.test_images, paths.test_labels}};
  return std::make_shared<Dataset>(std::move(header),
                                   Dataset::Arrays{std::move(train_images.pixels), std::move(train_labels.labels),
                                                   std::move(test_images.pixels), std::move(test_labels.labels)});
}

}  // namespace bnexp::data
