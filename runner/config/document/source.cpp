#include "config/document/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/text.h"

namespace bnexp::config {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> yaml_files(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder, ignored)) {
    const auto extension = entry.path().extension();
    if (extension == ".yaml" || extension == ".yml") names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string files_in(const fs::path& folder) {
  auto names = yaml_files(folder);
  const std::string shown = folder.empty() ? "this folder" : folder.string();
  if (names.empty()) return fmt::format("{} holds no YAML files", shown);
  if (names.size() > 12) {
    names.resize(12);
    names.emplace_back("...");
  }
  return fmt::format("{} holds {}", shown, join(names, ", "));
}

std::string missing_hint(const fs::path& file) {
  const fs::path folder = file.parent_path();
  std::error_code ignored;
  if (!folder.empty() && !fs::is_directory(folder, ignored))
    return fmt::format("there is no folder {}", folder.string());
  const std::string near = nearest(file.filename().string(), yaml_files(folder));
  return near.empty() ? files_in(folder) : fmt::format("did you mean {}?", (folder / near).string());
}

}  // namespace

std::string Mark::where() const {
  if (source == nullptr) return "default";
  return source->is_file && line > 0 ? fmt::format("{}:{}:{}", source->name, line, column) : source->name;
}

std::shared_ptr<const Source> read_source(const fs::path& file) {
  std::error_code error;
  const auto status = fs::status(file, error);
  if (status.type() == fs::file_type::not_found) {
    throw usage_error(fmt::format("there is no file {}", file.string()), missing_hint(file));
  }
  if (fs::is_directory(status)) {
    throw usage_error(fmt::format("{} is a folder, not a YAML file", file.string()), files_in(file));
  }
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  auto source = std::make_shared<Source>();
  source->name = file.string();
  source->text.resize(kMostBytes + 1);
  stream.read(source->text.data(), static_cast<std::streamsize>(source->text.size()));
  if (!stream.is_open() || stream.bad()) {
    throw environment_error(fmt::format("cannot read {}: {}", file.string(), std::strerror(errno)));
  }
  source->text.resize(static_cast<std::size_t>(stream.gcount()));
  if (source->text.size() > kMostBytes) {
    throw usage_error(fmt::format("{} is larger than {} MiB", file.string(), kMostBytes >> 20),
                      "is it a configuration?");
  }
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (source->text.starts_with(kByteOrderMark)) source->text.erase(0, kByteOrderMark.size());
  return source;
}

}  // namespace bnexp::config
