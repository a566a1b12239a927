// The built program in a folder of its own, with a small suite.
#pragma once

#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "support/process.h"
#include "support/temporary_folder.h"

namespace bnexp::tests {

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Twelve trials of an MLP on embedded digits: two norms, two rates, three seeds.
inline constexpr const char* kSuite = R"(suite: small
question: Does it run?
model: {name: mlp, widths: [32]}
data: {name: digits, train: 500, test: 200, validation: 100}
train: {steps: 60, batch_size: 32, log_every: 20}
probes: [loss_curve]
seeds: 3
sweep:
  grid:
    norm: [none, batch]
    train.optimizer.lr: [0.01, 0.1]
)";

// --set of the files that `bnexp data export` writes.
inline constexpr const char* kExported =
    "data={name: idx, validation: 100, train_images: train-images-idx3-ubyte, train_labels: train-labels-idx1-ubyte, "
    "test_images: t10k-images-idx3-ubyte, test_labels: t10k-labels-idx1-ubyte}";

class Program {
 public:
  Program() { write("suite.yaml", kSuite); }

  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }

  Process start(std::vector<std::string> words) const {
    words.insert(words.begin(), BNEXP_PROGRAM);
    return Process(folder_.path().string(), words);
  }
  Outcome operator()(const std::vector<std::string>& words) const { return start(words).wait(); }

  // bnexp run suite.yaml --store NAME, and more words.
  std::vector<std::string> run_words(const std::string& store, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{"run", path("suite.yaml").string(), "--store", path(store).string()};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  // File name to text of every record of a store.
  std::map<std::string, std::string> record_files(const std::string& store) const {
    std::map<std::string, std::string> result;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(path(store) / "records", none)) {
      if (entry.path().extension() == ".json") result[entry.path().filename()] = read_file(entry.path());
    }
    return result;
  }

  // The same without what may differ between two runs.
  std::map<std::string, Json> records(const std::string& store) const {
    std::map<std::string, Json> result;
    for (const auto& [name, text] : record_files(store)) {
      Json record = Json::parse(text);
      record.erase("context");
      record.erase("timing");
      result[name] = record;
    }
    return result;
  }

 private:
  test::TemporaryFolder folder_;
};

}  // namespace bnexp::tests
