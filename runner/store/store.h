// A folder of records, safe for any number of writers on a shared file system, with no server:
//   DIR/suite.json                       the plan of the newest run (store/plan.h)
//   DIR/records/<trial>.json             one record per trial, written whole or not at all
//   DIR/weights/<trial>.safetensors      its final weights, where it ended ok and they were asked for
//   DIR/checkpoints/<trial>.safetensors  the state of a trial that was interrupted or is running (train/state.h)
//   DIR/leases/<trial>.json              who trains it now (store/leases.h)
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "store/plan.h"
#include "store/record.h"

namespace bnexp::store {

// The content of a file of a store: a value, damage, or neither if the file is absent.
template <class T>
struct Reading {
  std::optional<T> value;
  std::string damage;  // why the file is not usable: "it is not JSON, or incomplete"; else empty

  explicit operator bool() const { return value.has_value(); }
  T& operator*() { return *value; }
  const T& operator*() const { return *value; }
  T* operator->() { return &*value; }
  const T* operator->() const { return &*value; }
};

struct DamagedFile {
  std::filesystem::path file;
  std::string damage;
};

struct Records {
  std::vector<Record> readable;  // sorted by trial id
  std::vector<DamagedFile> damaged;
};

std::filesystem::path weights_file(const std::filesystem::path& store, const std::string& trial);
std::filesystem::path checkpoint_file(const std::filesystem::path& store, const std::string& trial);

// Whether a folder has a folder of records: a store, or a benchmark's. Throws Error(environment) when that can't be
// determined.
bool has_records(const std::filesystem::path& folder);

// Reads a record's file anywhere. Throws Error(environment) when it is missing, damaged, of a newer version, or can't
// be read.
Record read_record(const std::filesystem::path& file);

class Store {
 public:
  // Opens or creates the folder. Throws Error(environment) when it, or a folder in it, can't be made or written.
  static Store create(const std::filesystem::path& folder);
  // Opens a store for reading only. Throws Error(environment) when the folder isn't a store.
  static Store open(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }

  // Atomic: a temporary file in the same folder, synced, then renamed. Throws Error(environment) on a full disk, or a
  // read-only or missing folder; existing files stay whole.
  void write(const Record& record) const;
  void write(const Manifest& manifest) const;

  // Throws Error(environment) for an existing file that can't be read (permission, I/O error), and NewerVersion.
  Reading<Record> find(const std::string& trial) const;
  Reading<Manifest> manifest() const;
  // Throws Error(environment) if the plan is absent or not usable.
  Manifest required_manifest() const;
  // The files of all records, by name.
  std::vector<std::filesystem::path> record_files() const;
  // `each` is called with every readable record, in the threads that read them.
  Records records(const std::function<void(Record&)>& each = {}) const;

  // The trials that have a checkpoint. A folder in its place is none.
  std::vector<std::string> checkpoints() const;
  // Of a finished trial. Does nothing if there is none.
  void remove_checkpoint(const std::string& trial) const;

  // Removes temporary files of processes that are gone; create() does so, too.
  void sweep() const;

  // Renames the damaged file of a record or of the plan to NAME.damaged, NAME.damaged-2 and so on; returns its new
  // path.
  std::filesystem::path set_record_aside(const std::string& trial) const;
  std::filesystem::path set_manifest_aside() const;

 private:
  explicit Store(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path record_file(const std::string& trial) const;

  std::filesystem::path folder_;
};

}  // namespace bnexp::store
