// Labelled grey images held once and shared by every worker: uint8, mapped from memory that has no file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "config/fields.h"

namespace bnexp::data {

// `count` images of rows x columns bytes, row-major, 0 = background; labels 0..9.
struct Split {
  const std::uint8_t* images = nullptr;
  const std::uint8_t* labels = nullptr;
  std::int64_t count = 0;
};

// What every data set has besides its own parameters.
struct DatasetOptions {
  double mean = 0.1307;  // of pixels scaled to [0, 1]
  double std = 0.3081;
  std::int64_t validation = 5000;  // the last images of the training file, never trained on, never the test set

  void fields(config::Fields& f);
};

// Where files are looked for. mnist: `folder` (--data-dir), else BNEXP_DATA_DIR, else the cache folder (XDG), filled
// from the network unless `offline`. A relative path of idx: `folder`, BNEXP_DATA_DIR, `config_folder`, in this order.
struct Places {
  std::filesystem::path folder;         // may be empty
  std::filesystem::path config_folder;  // the folder of the YAML file; empty is the current folder
  bool offline = false;
  bool quiet = false;  // no download progress on stderr
};

class Dataset {
 public:
  // The images and labels of all splits, in one region that workers inherit by file descriptor.
  struct Header {
    std::int64_t rows = 28;
    std::int64_t columns = 28;
    std::int64_t train = 0;  // images in the training file, validation included
    std::int64_t test = 0;
    char name[32] = {};
    char sha256[65] = {};
  };

  enum class Backing { memory, file };  // memfd, or an unlinked temporary file where the kernel has no memfd

  // Allocates the shared region for `header`; the caller fills train_images() and so on, then calls seal().
  // Throws Error(environment) when the memory isn't there.
  static std::shared_ptr<Dataset> allocate(const Header& header, Backing backing = Backing::memory);
  // Maps a sealed region made by allocate in another process, read-only, and takes the descriptor over. Throws
  // Error(environment) when it holds no such region.
  static std::shared_ptr<Dataset> attach(int descriptor);
  ~Dataset();
  Dataset(const Dataset&) = delete;
  Dataset& operator=(const Dataset&) = delete;

  const Header& header() const;
  int descriptor() const { return descriptor_; }  // inherited by children unless closed
  std::uint8_t* train_images();                   // these four only before seal
  std::uint8_t* train_labels();
  std::uint8_t* test_images();
  std::uint8_t* test_labels();
  void seal();  // no more writes, by anyone; pointers taken before are void

  // 0 <= validation < header().train
  Split train(std::int64_t validation) const;       // all but the last `validation` of the training file
  Split validation(std::int64_t validation) const;  // those
  Split test() const;

 private:
  Dataset() = default;
  void map(int protection);
  std::uint8_t* writable(std::size_t offset);
  Split split(std::size_t images, std::size_t labels, std::int64_t first, std::int64_t count) const;

  int descriptor_ = -1;
  std::uint8_t* region_ = nullptr;
  std::size_t size_ = 0;
  bool sealed_ = false;
};

// How a data set is found by name; one per file in variants.
struct Source {
  // SHA-256 that identifies the bits: of the uncompressed files, concatenated (train images, train labels, test images,
  // test labels). For mnist a constant; for digits, of the generator's version and parameters; for idx, of the files.
  std::function<std::string(const config::Variant&, const Places&)> checksum;
  std::function<std::shared_ptr<Dataset>(const config::Variant&, const Places&)> load;
};

// Both throw Error(environment) naming file and remedy; load also Error(usage) when `validation` leaves nothing to
// train on. The name must exist.
std::string checksum(const config::Variant& data, const Places& places);
std::shared_ptr<Dataset> load(const config::Variant& data, const Places& places);

// Called by each data set's file.
bool add_source(const std::string& name, Source source);

}  // namespace bnexp::data
