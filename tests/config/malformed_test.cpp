// Every malformed/*.yaml is refused with its text in NAME.approved.txt. BNEXP_APPROVE=1 rewrites those
// texts.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "config/files.h"
#include "support/catch.h"

namespace bnexp::config {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> malformed_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator("tests/config/malformed")) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST_CASE("every malformed configuration is refused with its approved text") {
  const auto former = fs::current_path();
  fs::current_path(BNEXP_SOURCE_DIR);
  const bool approve = std::getenv("BNEXP_APPROVE") != nullptr;
  const auto files = malformed_files();
  CHECK(files.size() >= 24);
  for (const auto& file : files) {
    const std::string text = refusal(file.string()) + "\n";
    const fs::path approved = fs::path(file).replace_extension(".approved.txt");
    if (approve) std::ofstream(approved, std::ios::binary) << text;
    INFO(file);
    CHECK(text != "\n");
    CHECK(text == read(approved));
  }
  fs::current_path(former);
}

}  // namespace
}  // namespace bnexp::config
