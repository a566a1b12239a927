// Reads IDX, the format MNIST came in (yann.lecun.com/exdb/mnist): a big-endian magic number (two zero bytes, element
// type, number of dimensions), the sizes of the dimensions as big-endian 32-bit numbers, then the elements, the last
// dimension fastest. Images are 0x00000803 (bytes; count, rows, columns), labels 0x00000801 (bytes; count).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/hash.h"
#include "data/dataset.h"

namespace bnexp::data {

inline constexpr std::int64_t kMaxIdxImages = 10'000'000;
inline constexpr std::int64_t kMaxIdxSide = 512;                     // rows or columns
inline constexpr std::int64_t kMaxIdxBytes = std::int64_t{2} << 30;  // uncompressed

struct IdxImages {
  std::int64_t count = 0;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  SharedBytes pixels;
};

struct IdxLabels {
  SharedBytes labels;  // each 0..9
};

// Plain or gzip. Adds the uncompressed bytes of the file to `hash`. Throws Error(environment) with the file, what was
// expected and what was found. Memory grows with the file's content, not with what its header claims.
IdxImages read_idx_images(const std::filesystem::path& path, Sha256& hash);
IdxLabels read_idx_labels(const std::filesystem::path& path, Sha256& hash);

struct IdxPaths {
  std::filesystem::path train_images;
  std::filesystem::path train_labels;
  std::filesystem::path test_images;
  std::filesystem::path test_labels;
};

struct IdxSet {
  IdxImages train_images;
  IdxLabels train_labels;
  IdxImages test_images;
  IdxLabels test_labels;
};

// Throws Error(environment) when the four files don't belong together; `paths` are for messages.
std::shared_ptr<Dataset> make_dataset(const std::string& name, const std::string& sha256, IdxSet set,
                                      const IdxPaths& paths);

}  // namespace bnexp::data
