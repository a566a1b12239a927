// MNIST: 60,000 training and 10,000 test images of handwritten digits, 28x28 (LeCun, Cortes & Burges 1998,
// yann.lecun.com/exdb/mnist).
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "data/dataset.h"
#include "data/fetch.h"

namespace bnexp::data {

inline constexpr std::int64_t kMnistTrainImages = 60000;
inline constexpr std::int64_t kMnistTestImages = 10000;

// SHA-256 of the four concatenated uncompressed files: training images, training labels, test images, test labels.
inline constexpr const char* kMnistSha256 = "b2d8f5bf39174ee5ffeefa97e42d673c35432b411bb5d1f74fbbeddae7f1690a";

const std::vector<KnownFile>& mnist_files();
Mirrors mnist_mirrors();

// The folder of MNIST: places.folder, else BNEXP_DATA_DIR, else $XDG_CACHE_HOME/bnexp/mnist, else ~/.cache/bnexp/mnist.
// Throws Error(environment) when there is not even a home folder.
std::filesystem::path mnist_folder(const Places& places);

// Downloads the missing or damaged files into mnist_folder(places), and returns that folder.
std::filesystem::path fetch_mnist(const Places& places, const Mirrors& mirrors = mnist_mirrors());

// A folder that the user names must have all four files, with the right checksum. The cache folder is filled and
// repaired from the mirrors unless places.offline.
std::shared_ptr<Dataset> load_mnist(const Places& places, const Mirrors& mirrors = mnist_mirrors());

}  // namespace bnexp::data
