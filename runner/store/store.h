// A folder of records, safe for any number of writers on a shared file system, with no server:
//   DIR/suite.json                    the plan of the newest run: question, arms, planned trials
//   DIR/records/<trial>.json          one record a trial, written whole or not at all
//   DIR/weights/<trial>.safetensors   its final weights, where it ended ok and they were asked for
//   DIR/.lock                         byte-range locks, one byte a trial; a dead process holds none
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "base/json.h"
#include "store/record.h"

namespace bnexp::store {

// What a suite's question takes for granted, as fractions of 1.
struct Thresholds {
  double chance = 0.1;  // the accuracy of guessing
  double trains = 0.9;  // the test accuracy above which a learning rate counts as usable
};

// The plan a report is measured against, so that a missing trial stays in the denominator.
struct Manifest {
  std::string name;
  std::string question;
  std::string file;                    // the YAML as the user named it
  std::vector<std::string> overrides;  // --set arguments
  std::vector<std::string> swept;      // dotted keys
  Thresholds thresholds;
  struct Arm {
    std::string label;
    Json values = Json::object();
  };
  struct Trial {
    std::string trial;
    std::size_t arm = 0;  // index into arms
    std::int64_t seed = 0;
  };
  std::vector<Arm> arms;
  std::vector<Trial> trials;
};

std::filesystem::path weights_file(const std::filesystem::path& store, const std::string& trial);

class Store {
 public:
  // Opens or creates the folder. Throws Error(environment) when it can't be made or written.
  static Store create(const std::filesystem::path& folder);
  // For reading only. Throws Error(environment) when it isn't a store.
  static Store open(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }

  // Atomic: a temporary file in the same folder, synced, then renamed. Throws Error(environment) on a full disk, a
  // read-only or vanished folder, with what was whole left whole.
  void write(const Record& record) const;
  void write(const Manifest& manifest) const;

  // Unreadable, half a file, or of another schema version: nullopt, as if missing.
  std::optional<Record> find(const std::string& trial) const;
  std::optional<Manifest> manifest() const;
  std::vector<Record> records() const;  // every readable record, sorted by trial id

  // Holds a trial until destroyed or until the process ends, however it ends; falsy when another claim, of this process
  // or another, holds it.
  class Claim {
   public:
    Claim() = default;
    explicit Claim(Descriptor lock_file) : lock_file_(std::move(lock_file)) {}
    explicit operator bool() const { return static_cast<bool>(lock_file_); }

   private:
    Descriptor lock_file_;  // opened for this claim alone: closing it gives the claim back
  };
  Claim claim(const std::string& trial) const;

 private:
  explicit Store(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path record_file(const std::string& trial) const;

  std::filesystem::path folder_;
};

}  // namespace bnexp::store
