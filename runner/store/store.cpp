#include "store/store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <iterator>
#include <limits>
#include <system_error>

#include "base/background.h"
#include "base/files.h"
#include "base/machine.h"

namespace bnexp::store {
namespace fs = std::filesystem;
namespace {

constexpr const char* kManifestFile = "suite.json";
constexpr const char* kRecordsFolder = "records";
constexpr const char* kWeightsFolder = "weights";
constexpr const char* kCheckpointsFolder = "checkpoints";
constexpr const char* kLeasesFolder = "leases";
constexpr std::array kFolders{kRecordsFolder, kWeightsFolder, kCheckpointsFolder, kLeasesFolder};
constexpr const char* kTensorsEnding = ".safetensors";

// Parses a file's JSON with `read`. A folder or a device instead of a file is damage, too.
template <class T, class Read>
Reading<T> read_as(const fs::path& path, const Read& read) {
  if (is_no_file(path)) return {{}, "it is not a regular file"};
  const auto text = read_whole(path);
  if (!text) return {};
  try {
    auto json = parse_json(*text);
    if (!json) throw Damaged("it is not JSON, or incomplete");
    return {read(std::move(*json), path.string(), *text), ""};
  } catch (const Damaged& damage) {
    return {{}, damage.what()};
  }
}

// Throws Error(environment) if what is there is not a folder that can be written.
void require_writable(const fs::path& folder) {
  if (!is_there(folder)) return;
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) throw file_error("write into", folder, ENOTDIR);
  if (access(folder.c_str(), W_OK | X_OK) != 0) throw file_error("write into", folder, errno);
}

Reading<Record> read_named(const fs::path& path) {
  auto reading = read_as<Record>(path, from_json);
  if (reading && reading->trial != path.stem()) return {{}, "it is the record of another trial, " + reading->trial};
  return reading;
}

}  // namespace

fs::path weights_file(const fs::path& store, const std::string& trial) {
  return store / kWeightsFolder / (trial + kTensorsEnding);
}

fs::path checkpoint_file(const fs::path& store, const std::string& trial) {
  return store / kCheckpointsFolder / (trial + kTensorsEnding);
}

bool has_records(const fs::path& folder) {
  std::error_code error;
  const fs::path records = folder / kRecordsFolder;
  const auto found = fs::status(records, error);
  if (found.type() == fs::file_type::none) throw file_error("read", records, error.value());
  return fs::is_directory(found);
}

Record read_record(const fs::path& file) {
  auto reading = read_as<Record>(file, from_json);
  if (reading) return std::move(*reading);
  if (reading.damage.empty()) {
    throw environment_error(fmt::format("cannot read {}: there is no such file", file.string()),
                            "name a record: results/SUITE/records/TRIAL.json");
  }
  throw environment_error(fmt::format("{} is not usable: {}", file.string(), reading.damage),
                          "run its suite again: bnexp sets the file aside and trains the trial");
}

Store Store::create(const fs::path& folder) {
  const fs::path records = folder / kRecordsFolder;
  std::error_code error;
  fs::create_directories(records, error);
  if (error) throw file_error("create", records, error.value());
  for (const char* one : kFolders) require_writable(folder / one);
  Store store(folder);
  store.sweep();
  return store;
}

Store Store::open(const fs::path& folder) {
  if (!has_records(folder)) {
    throw environment_error(folder.string() + " is not a folder of results: it has no folder 'records'",
                            "name the folder that `bnexp run` wrote, by default results/<suite>");
  }
  return Store(folder);
}

fs::path Store::record_file(const std::string& trial) const { return folder_ / kRecordsFolder / (trial + ".json"); }

void Store::write(const Record& record) const { write_whole(record_file(record.trial), to_file(to_json(record))); }

void Store::write(const Manifest& manifest) const { write_whole(folder_ / kManifestFile, to_file(to_json(manifest))); }

Reading<Record> Store::find(const std::string& trial) const { return read_named(record_file(trial)); }

Reading<Manifest> Store::manifest() const {
  return read_as<Manifest>(folder_ / kManifestFile, [](Json json, const std::string& where, std::string_view) {
    return manifest_from_json(std::move(json), where);
  });
}

Manifest Store::required_manifest() const {
  auto plan = manifest();
  if (plan) return std::move(*plan);
  throw environment_error(fmt::format("{} has no plan that can be read{}", folder_.string(),
                                      plan.damage.empty() ? ": it has no suite.json" : ": suite.json: " + plan.damage),
                          "run its suite once: bnexp run CONFIG --store DIR");
}

std::vector<std::string> Store::checkpoints() const {
  std::vector<std::string> trials;
  std::error_code error;
  for (fs::directory_iterator entry(folder_ / kCheckpointsFolder, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path& path = entry->path();
    const bool is_named_so = path.extension() == kTensorsEnding && !path.filename().string().starts_with('.');
    if (is_named_so && !is_no_file(path)) trials.push_back(path.stem().string());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw file_error("read", folder_ / kCheckpointsFolder, error.value());
  }
  return trials;
}

void Store::remove_checkpoint(const std::string& trial) const {
  const fs::path file = checkpoint_file(folder_, trial);
  if (unlink(file.c_str()) != 0 && errno != ENOENT && errno != EISDIR) throw file_error("remove", file, errno);
}

void Store::sweep() const {
  sweep_leftovers(folder_);
  for (const char* one : kFolders) sweep_leftovers(folder_ / one);
}

fs::path Store::set_record_aside(const std::string& trial) const { return bnexp::set_aside(record_file(trial)); }

fs::path Store::set_manifest_aside() const { return bnexp::set_aside(folder_ / kManifestFile); }

std::vector<fs::path> Store::record_files() const {
  const fs::path folder = folder_ / kRecordsFolder;
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.extension() == ".json" && !path.filename().string().starts_with('.')) files.push_back(path);
  }
  if (error) throw file_error("read", folder, error.value());
  std::ranges::sort(files);
  return files;
}

Records Store::records(const std::function<void(Record&)>& each) const {
  const std::vector<fs::path> files = record_files();
  // Parsing takes most of the time, so each thread reads every n-th file.
  std::vector<Reading<Record>> readings(files.size());
  const std::size_t readers = std::min<std::size_t>(available_cores(), files.size() / 64 + 1);
  const auto read = [&](std::size_t reader) {
    for (std::size_t i = reader; i < files.size(); i += readers) {
      readings[i] = read_named(files[i]);
      if (each && readings[i]) each(*readings[i]);
    }
  };
  std::vector<std::future<void>> others;
  for (std::size_t reader = 1; reader < readers; ++reader)
    others.push_back(in_background([&, reader] { read(reader); }));
  read(0);
  for (auto& other : others) other.get();
  Records found;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (readings[i]) {
      found.readable.push_back(std::move(*readings[i]));
    } else if (!readings[i].damage.empty()) {
      found.damaged.push_back({files[i], readings[i].damage});
    }
  }
  return found;
}

}  // namespace bnexp::store
