#include "store/store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <future>
#include <iterator>
#include <limits>
#include <system_error>

#include "base/files.h"
#include "base/machine.h"

namespace bnexp::store {
namespace fs = std::filesystem;
namespace {

constexpr const char* kManifestFile = "suite.json";
constexpr const char* kRecordsFolder = "records";
constexpr const char* kWeightsFolder = "weights";
constexpr const char* kLockFile = ".lock";

std::optional<Json> read_json(const fs::path& path) {
  const auto text = read_whole(path);
  if (!text) return std::nullopt;
  Json json = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  return json.is_discarded() ? std::nullopt : std::optional(std::move(json));
}

std::optional<Record> read_record(const fs::path& path) {
  auto json = read_json(path);
  if (!json) return std::nullopt;
  try {
    Record record = from_json(std::move(*json), path.string());
    return record.trial == path.stem() ? std::optional(std::move(record)) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

Descriptor open_lock_file(const fs::path& folder) {
  const fs::path file = folder / kLockFile;
  Descriptor descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!descriptor) throw file_error("open", file, errno);
  return descriptor;
}

Json manifest_to_json(const Manifest& manifest) {
  Json arms = Json::array();
  for (const auto& arm : manifest.arms) arms.push_back({{"label", arm.label}, {"values", arm.values}});
  Json trials = Json::array();
  for (const auto& trial : manifest.trials) {
    trials.push_back({{"trial", trial.trial}, {"arm", trial.arm}, {"seed", trial.seed}});
  }
  return {{"schema_version", kSchemaVersion},
          {"name", manifest.name},
          {"question", manifest.question},
          {"file", manifest.file},
          {"swept", manifest.swept},
          {"overrides", manifest.overrides},
          {"thresholds", {{"chance", manifest.thresholds.chance}, {"trains", manifest.thresholds.trains}}},
          {"arms", std::move(arms)},
          {"trials", std::move(trials)}};
}

// An absent key has its default.
Thresholds thresholds_from(const Json& json) {
  Thresholds thresholds;
  thresholds.chance = json.value("chance", thresholds.chance);
  thresholds.trains = json.value("trains", thresholds.trains);
  return thresholds;
}

Manifest manifest_from_json(const Json& json) {
  Manifest manifest{.name = json.at("name"),
                    .question = json.at("question"),
                    .file = json.at("file"),
                    .overrides = json.at("overrides"),
                    .swept = json.at("swept"),
                    .thresholds = thresholds_from(json.value("thresholds", Json::object())),
                    .arms = {},
                    .trials = {}};
  for (const auto& arm : json.at("arms")) manifest.arms.push_back({arm.at("label"), arm.at("values")});
  for (const auto& trial : json.at("trials")) {
    manifest.trials.push_back({trial.at("trial"), trial.at("arm"), trial.at("seed")});
    if (manifest.trials.back().arm >= manifest.arms.size()) throw Json::other_error::create(501, "no such arm", &trial);
  }
  return manifest;
}

}  // namespace

fs::path weights_file(const fs::path& store, const std::string& trial) {
  return store / kWeightsFolder / (trial + ".safetensors");
}

Store Store::create(const fs::path& folder) {
  const fs::path records = folder / kRecordsFolder;
  std::error_code error;
  fs::create_directories(records, error);
  if (error) throw file_error("create", records, error.value());
  if (access(records.c_str(), W_OK | X_OK) != 0) throw file_error("write into", records, errno);
  open_lock_file(folder);
  sweep_leftovers(folder);
  sweep_leftovers(records);
  sweep_leftovers(folder / kWeightsFolder);
  return Store(folder);
}

Store Store::open(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder / kRecordsFolder, ignored)) {
    throw environment_error(folder.string() + " is not a folder of results: it has no folder 'records'",
                            "name the folder that `bnexp run` wrote, by default results/<suite>");
  }
  return Store(folder);
}

fs::path Store::record_file(const std::string& trial) const { return folder_ / kRecordsFolder / (trial + ".json"); }

void Store::write(const Record& record) const { write_whole(record_file(record.trial), to_file(to_json(record))); }

void Store::write(const Manifest& manifest) const {
  write_whole(folder_ / kManifestFile, to_file(manifest_to_json(manifest)));
}

std::optional<Record> Store::find(const std::string& trial) const { return read_record(record_file(trial)); }

std::optional<Manifest> Store::manifest() const {
  const auto json = read_json(folder_ / kManifestFile);
  if (!json) return std::nullopt;
  try {
    return manifest_from_json(*json);
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

std::vector<Record> Store::records() const {
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder_ / kRecordsFolder, ignored)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  // Parsing is what takes the time; each thread reads every n-th file.
  const std::size_t readers = std::min<std::size_t>(available_cores(), files.size() / 64 + 1);
  std::vector<std::future<std::vector<Record>>> parts;
  for (std::size_t reader = 0; reader < readers; ++reader) {
    parts.push_back(std::async(std::launch::async, [&, reader] {
      std::vector<Record> part;
      for (std::size_t i = reader; i < files.size(); i += readers) {
        if (auto record = read_record(files[i])) part.push_back(std::move(*record));
      }
      return part;
    }));
  }
  std::vector<Record> found;
  for (auto& part : parts) std::ranges::move(part.get(), std::back_inserter(found));
  std::sort(found.begin(), found.end(), [](const Record& a, const Record& b) { return a.trial < b.trial; });
  return found;
}

Store::Claim Store::claim(const std::string& trial) const {
  Descriptor lock_file = open_lock_file(folder_);
  const std::uint64_t digits = std::strtoull(trial.c_str(), nullptr, 16);
  struct flock byte {};
  byte.l_type = F_WRLCK;
  byte.l_whence = SEEK_SET;
  byte.l_start = static_cast<off_t>(digits & (std::numeric_limits<std::uint64_t>::max() >> 2));
  byte.l_len = 1;
  if (fcntl(lock_file.get(), F_OFD_SETLK, &byte) == 0) return Claim(std::move(lock_file));
  if (errno != EAGAIN && errno != EACCES) throw file_error("lock", folder_ / kLockFile, errno);
  return {};
}

}  // namespace bnexp::store
