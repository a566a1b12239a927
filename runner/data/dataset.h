// Labelled grey images as uint8, held once and shared by every worker: in memory that processes forked from this one
// share.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings/fields.h"
#include "data/shared_bytes.h"

namespace bnexp::data {

// `count` images of rows x columns bytes, row-major, 0 = background; labels 0..9.
struct Split {
  const std::uint8_t* images = nullptr;
  const std::uint8_t* labels = nullptr;
  std::int64_t count = 0;
};

// Images in each split.
struct Counts {
  std::int64_t train = 0;
  std::int64_t validation = 0;
  std::int64_t test = 0;
};

// What every data set has besides its own parameters.
struct DatasetOptions {
  double mean = 0.1307;  // of pixels scaled to [0, 1]
  double std = 0.3081;
  std::int64_t validation = 5000;  // the last images of the training file; never trained on, not the test set

  void fields(config::Fields& f);
};

// Where files are searched. mnist: `folder` (--data-dir), else BNEXP_DATA_DIR, else the cache folder (XDG), downloaded
// unless `offline`. A relative path of idx: `folder`, BNEXP_DATA_DIR, `config_folder`, in this order.
struct Places {
  std::filesystem::path folder;         // may be empty
  std::filesystem::path config_folder;  // the folder of the YAML file; empty is the current folder
  bool offline = false;
  bool quiet = false;  // no download progress on stderr
};

class Dataset {
 public:
  struct Header {
    std::int64_t rows = 28;
    std::int64_t columns = 28;
    std::int64_t train = 0;  // images in the training file, validation included
    std::int64_t test = 0;
    std::string name;
    std::string sha256;
    std::vector<std::filesystem::path> files;  // its files
  };

  struct Arrays {
    SharedBytes train_images;
    SharedBytes train_labels;
    SharedBytes test_images;
    SharedBytes test_labels;
  };

  // Has the sizes in `header`, to be filled in. Throws Error(environment) when there is not enough memory.
  static Arrays allocate(const Header& header);
  // `arrays` have the sizes in `header`; they become read-only.
  Dataset(Header header, Arrays arrays);

  const Header& header() const { return header_; }

  // 0 <= validation < header().train
  Split train(std::int64_t validation) const;       // all but the last `validation` of the training file
  Split validation(std::int64_t validation) const;  // the last `validation` of them
  Split test() const;

 private:
  std::int64_t pixels() const { return header_.rows * header_.columns; }

  Header header_;
  Arrays arrays_;
};

// A data set by name; one per file in variants.
struct Source {
  // SHA-256 that identifies the bits: of the concatenated uncompressed files (train images, train labels, test images,
  // test labels). For mnist it is a constant; for digits, that of the generator's version and parameters; for idx, that
  // of the files.
  std::function<std::string(const config::Variant&, const Places&)> checksum;
  std::function<std::shared_ptr<Dataset>(const config::Variant&, const Places&)> load;
  // Images in the training file, validation included, and in the test file, where the settings alone say so; may be
  // empty.
  std::function<Counts(const config::Variant&)> counts{};
};

// Both throw Error(environment) with file and remedy; load also Error(usage) when `validation` leaves no image to train
// on. The name must exist.
std::string checksum(const config::Variant& data, const Places& places);
// `expected` is a checksum of a plan or a record: throws Error(environment) when the data differ.
std::shared_ptr<Dataset> load(const config::Variant& data, const Places& places, const std::string& expected = "");

// Images of each split, where they are known without the files, and those of a data set that was loaded.
std::optional<Counts> counts(const config::Variant& data);
Counts counts(const config::Variant& data, const Dataset& dataset);

// Each data set's file calls this.
bool add_source(const std::string& name, Source source);

}  // namespace bnexp::data
