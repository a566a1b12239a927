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

inline fs::path first_record(const Program& bnexp) {
  return bnexp.path("store/records/" + bnexp.record_files("store").begin()->first);
}

// As the program writes it, with the right checksum.
inline void write_record(const fs::path& file, Json record) {
  Json part;
  for (const char* key :
       {"trial", "seed", "settings", "semantics", "status", "failure", "data", "history", "metrics", "probes"}) {
    part[key] = record.at(key);
  }
  record["checksum"] = sha256_hex(to_line(part));
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
