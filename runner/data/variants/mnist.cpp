// MNIST itself, from a folder, the cache or the network.
#include "data/mnist.h"

#include "config/settings/catalog.h"

namespace bnexp::data {
namespace {

struct MnistOptions : DatasetOptions {
  void fields(config::Fields& f) {
    DatasetOptions::fields(f);
    f.check(validation < kMnistTrainImages, "validation", "must be below 60000, the images in the training file",
            "5000 is usual");
  }
};

[[maybe_unused]] const bool added =
    config::Catalog::instance().add_options<MnistOptions>(
        "dataset", "mnist",
        {"Handwritten digits: 60000 images to train and validate on, 10000 to test; downloaded once if needed.",
         "x = (pixel / 255 - mean) / std", "LeCun, Cortes & Burges 1998, yann.lecun.com/exdb/mnist"}) &&
    add_source("mnist",
               {[](const config::Variant&, const Places&) { return std::string(kMnistSha256); },
                [](const config::Variant&, const Places& places) { return load_mnist(places); },
                [](const config::Variant&) { return Counts{.train = kMnistTrainImages, .test = kMnistTestImages}; }});

}  // namespace
}  // namespace bnexp::data
