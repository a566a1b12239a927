// Every file of the committed corpora, through the function that libFuzzer calls: none crashes, hangs or throws
// anything but what the target expects.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "support/catch.h"

using Target = int(const std::uint8_t*, std::size_t);

extern "C" {
Target bnexp_fuzz_suite, bnexp_fuzz_idx, bnexp_fuzz_gzip, bnexp_fuzz_safetensors, bnexp_fuzz_record, bnexp_fuzz_plan,
    bnexp_fuzz_checkpoint;
}

namespace bnexp {
namespace {

void run_corpus(const std::string& name, Target& target) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(BNEXP_SOURCE_DIR "/tests/fuzz/corpus/" + name)) {
    files.push_back(entry.path());
  }
  std::ranges::sort(files);
  CHECK(files.size() >= 5);
  for (const auto& file : files) {
    INFO(file);
    std::ifstream stream(file, std::ios::binary);
    const std::vector<char> bytes(std::istreambuf_iterator<char>(stream), {});
    CHECK_NOTHROW(target(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
  }
}

TEST_CASE("suites: every file of the corpus is read or refused") { run_corpus("suite", bnexp_fuzz_suite); }

TEST_CASE("IDX: every file of the corpus is read or refused") { run_corpus("idx", bnexp_fuzz_idx); }

TEST_CASE("gzip: every file of the corpus is read or refused") { run_corpus("gzip", bnexp_fuzz_gzip); }

TEST_CASE("safetensors: every file of the corpus is read or refused") {
  run_corpus("safetensors", bnexp_fuzz_safetensors);
}

TEST_CASE("records: every file of the corpus is read or refused") { run_corpus("record", bnexp_fuzz_record); }

TEST_CASE("plans: every file of the corpus is read or refused") { run_corpus("plan", bnexp_fuzz_plan); }

TEST_CASE("checkpoints: every file of the corpus is read or refused") {
  run_corpus("checkpoint", bnexp_fuzz_checkpoint);
}

}  // namespace
}  // namespace bnexp
