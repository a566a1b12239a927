#include <fmt/format.h>

#include <stdexcept>

#include "base/error.h"
#include "base/registry.h"
#include "data/dataset.h"

namespace bnexp::data {
namespace {

Registry<Source>& sources() {
  static Registry<Source> registry;
  return registry;
}

const Source& source(const std::string& name) {
  const Source* found = sources().find(name);
  if (found == nullptr) throw std::logic_error("no data set named '" + name + "'");
  return *found;
}

}  // namespace

void DatasetOptions::fields(config::Fields& f) {
  f.real("mean", mean, config::any(), "subtracted from every pixel, which is scaled to [0, 1] first");
  f.real("std", std, config::above(0), "divides every pixel after that");
  f.integer("validation", validation, config::at_least(0),
            "images at the end of the training file kept for validation; never trained on, never the test set");
}

bool add_source(const std::string& name, Source source) { return sources().add(name, std::move(source)); }

std::string checksum(const config::Variant& data, const Places& places) {
  return source(data.name).checksum(data, places);
}

std::shared_ptr<Dataset> load(const config::Variant& data, const Places& places) {
  auto dataset = source(data.name).load(data, places);
  const auto options = config::from_json<DatasetOptions>(data.settings);
  if (options.validation >= dataset->header().train) {
    throw usage_error(
        fmt::format("data.validation is {}, but the training file has {} images: none is left to train on",
                    options.validation, dataset->header().train),
        "set data.validation to a smaller number");
  }
  return dataset;
}

}  // namespace bnexp::data
