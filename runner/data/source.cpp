#include <fmt/format.h>

#include <stdexcept>
#include <system_error>

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

// The file that was written last, which is the likeliest to have changed.
Error changed(const Dataset::Header& header, const std::string& expected) {
  std::string newest;
  std::filesystem::file_time_type time;
  for (const auto& file : header.files) {
    std::error_code ignored;
    const auto written = std::filesystem::last_write_time(file, ignored);
    if (ignored || (!newest.empty() && written < time)) continue;
    newest = file.string();
    time = written;
  }
  return environment_error(
      fmt::format("the data differ from the plan: the SHA-256 of '{}' is {}, expected {}{}", header.name, header.sha256,
                  expected, newest.empty() ? "" : fmt::format("; last changed: {}", newest)),
      "restore the old files, or run the command again to plan with the new ones");
}

// The counts of the splits, given those of the files.
Counts without_validation(Counts files, const config::Variant& data) {
  files.validation = config::from_json<DatasetOptions>(data.settings).validation;
  files.train -= files.validation;
  return files;
}

}  // namespace

void DatasetOptions::fields(config::Fields& f) {
  f.real("mean", mean, config::any(), "subtracted from every pixel after scaling to [0, 1]");
  f.real("std", std, config::above(0), "divides every pixel after the mean is subtracted");
  f.integer(
      "validation", validation, config::at_least(0),
      "images at the end of the training file held out for validation; never trained on, not part of the test set");
}

bool add_source(const std::string& name, Source source) { return sources().add(name, std::move(source)); }

std::string checksum(const config::Variant& data, const Places& places) {
  return source(data.name).checksum(data, places);
}

std::shared_ptr<Dataset> load(const config::Variant& data, const Places& places, const std::string& expected) {
  auto dataset = source(data.name).load(data, places);
  const auto& header = dataset->header();
  if (!expected.empty() && header.sha256 != expected) throw changed(header, expected);
  const auto options = config::from_json<DatasetOptions>(data.settings);
  if (options.validation >= header.train) {
    throw usage_error(
        fmt::format("data.validation is {}, but the training file has {} images: none is left to train on",
                    options.validation, header.train),
        "set data.validation to a smaller number");
  }
  return dataset;
}

std::optional<Counts> counts(const config::Variant& data) {
  const auto& files = source(data.name).counts;
  return files ? std::optional(without_validation(files(data), data)) : std::nullopt;
}

Counts counts(const config::Variant& data, const Dataset& dataset) {
  return without_validation({.train = dataset.header().train, .test = dataset.header().test}, data);
}

}  // namespace bnexp::data
