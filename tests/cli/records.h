// A store of a few trials whose records a test changes.
#pragma once

#include <functional>

#include "base/hash.h"
#include "cli/program.h"
#include "support/catch.h"

namespace bnexp::tests {

namespace fs = std::filesystem;

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// A store "store" of two arms and two seeds; more words for its run.
inline void run(const Program& bnexp, const std::vector<std::string>& more = {}, const std::string& store = "store",
                const std::string& seeds = "2") {
  std::vector<std::string> words{"--set", "sweep.grid.norm=[batch]", "--set", "seeds=" + seeds, "--quiet"};
  words.insert(words.end(), more.begin(), more.end());
  const auto outcome = bnexp(bnexp.run_words(store, words));
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
}

inline Outcome verify(const Program& bnexp, const std::vector<std::string>& more = {},
                      const std::string& place = "store") {
  std::vector<std::string> words{"verify", bnexp.path(place).string(), "--quiet"};
  words.insert(words.end(), more.begin(), more.end());
  return bnexp(words);
}

// Path below the folder to text of every file in it.
inline std::map<std::string, std::string> files(const fs::path& folder) {
  std::map<std::string, std::string> result;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) result[entry.path().lexically_relative(folder).string()] = read_file(entry.path());
  }
  return result;
}

inline fs::path first_record(const Program& bnexp) {
  return bnexp.path("store/records/" + bnexp.record_files("store").begin()->first);
}

// Of a record of today's version, as the program computes it.
inline std::string checksum_of(const Json& record) {
  Json part;
  for (const char* key :
       {"trial", "seed", "settings", "semantics", "status", "failure", "data", "history", "metrics", "probes"}) {
    part[key] = record.value(key, Json());
  }
  return sha256_hex(to_line(part));
}

// As store::trial_id.
inline std::string id_of(Json settings, const Json& data, const Json& semantics) {
  settings.at("train").erase("evaluation_batch_size");  // these two were added later, and have the values of before
  settings.at("train").at("optimizer").erase("weight_decay_on");
  const Json numbers = semantics.size() == 1 ? semantics.at("engine") : semantics;
  return sha256_hex(to_line({{"data", data}, {"semantics", numbers}, {"settings", settings}})).substr(0, 16);
}

inline std::string id_of(const Json& record) {
  return id_of(record.at("settings"), record.at("data").at("sha256"), record.at("semantics"));
}

// As the program writes it, with the right checksum.
inline void write_record(const fs::path& file, Json record) {
  record["checksum"] = checksum_of(record);
  std::ofstream(file) << to_file(record);
}

// Changes the first record, and corrects its checksum.
inline void tamper(const Program& bnexp, const std::function<void(Json&)>& change) {
  const fs::path file = first_record(bnexp);
  Json record = Json::parse(read_file(file));
  change(record);
  write_record(file, record);
}

}  // namespace bnexp::tests
