#include "config/document/source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "base/error.h"
#include "base/text.h"

namespace bnexp::config {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> yaml_files(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code ignored;
  fs::directory_iterator entry(folder.empty() ? "." : folder, ignored);
  for (; !ignored && entry != fs::directory_iterator(); entry.increment(ignored)) {
    const auto extension = entry->path().extension();
    if (extension == ".yaml" || extension == ".yml") names.push_back(entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string files_in(const fs::path& folder) {
  auto names = yaml_files(folder);
  const std::string shown = folder.empty() ? "this folder" : printable(folder.string());
  if (names.empty()) return fmt::format("{} holds no YAML files", shown);
  if (names.size() > 12) {
    names.resize(12);
    names.emplace_back("...");
  }
  return fmt::format("{} holds {}", shown, printable(join(names, ", ")));
}

std::string missing_hint(const fs::path& file) {
  const fs::path folder = file.parent_path();
  std::error_code ignored;
  if (!folder.empty() && !fs::is_directory(folder, ignored))
    return fmt::format("there is no folder {}", printable(folder.string()));
  const std::string near = nearest(file.filename().string(), yaml_files(folder));
  return near.empty() ? files_in(folder) : fmt::format("did you mean {}?", printable((folder / near).string()));
}

// Reads to the end, or kMostBytes + 1 bytes. A FIFO without a writer looks as if it were at its end, so this waits.
std::string read_all(int descriptor, bool is_fifo, const std::string& name, std::chrono::milliseconds patience) {
  std::string text;
  std::array<char, 1 << 14> buffer;
  bool waits = is_fifo;
  while (text.size() <= kMostBytes) {
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
    if (count > 0 || (count < 0 && errno == EINTR)) continue;
    if (count < 0 && errno != EAGAIN) {
      throw environment_error(fmt::format("cannot read {}: {}", name, std::strerror(errno)));
    }
    if (count == 0 && (!std::exchange(waits, false) || !text.empty())) break;
    pollfd wait{descriptor, POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(patience.count())) == 0) {
      throw environment_error(fmt::format("no data came from {} within {}", name,
                                          human_duration(std::chrono::duration<double>(patience).count())),
                              "check that something writes to it");
    }
  }
  text.resize(std::min(text.size(), kMostBytes + 1));
  return text;
}

}  // namespace

std::string Mark::where() const {
  if (source == nullptr) return "default";
  return source->is_file && line > 0 ? fmt::format("{}:{}:{}", source->name, line, column) : source->name;
}

std::shared_ptr<const Source> read_source(const fs::path& file, std::chrono::milliseconds patience) {
  static std::map<std::tuple<std::string, dev_t, ino_t>, std::string> read_before;  // files that are not regular
  const std::string name = printable(file.string());
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  struct stat status {};
  if (descriptor.get() < 0 || ::fstat(descriptor.get(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR)
      throw usage_error(fmt::format("there is no file {}", name), missing_hint(file));
    throw environment_error(fmt::format("cannot read {}: {}", name, std::strerror(errno)));
  }
  if (S_ISDIR(status.st_mode)) {
    throw usage_error(fmt::format("{} is a folder, not a YAML file", name), files_in(file));
  }
  auto source = std::make_shared<Source>();
  source->name = file.string();
  const std::tuple key(file.string(), status.st_dev, status.st_ino);
  if (const auto before = read_before.find(key); before != read_before.end()) {
    source->text = before->second;
  } else {
    std::error_code ignored;
    const bool has_name =
        !fs::canonical(file, ignored).empty();  // false for a pipe of <(command), which gets no other writer
    source->text = read_all(descriptor.get(), S_ISFIFO(status.st_mode) && has_name, name, patience);
    if (!S_ISREG(status.st_mode)) read_before[key] = source->text;
  }
  if (source->text.size() > kMostBytes) {
    throw usage_error(fmt::format("{} is larger than {} MiB", name, kMostBytes >> 20), "name a suite's YAML file");
  }
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (source->text.starts_with(kByteOrderMark)) source->text.erase(0, kByteOrderMark.size());
  return source;
}

}  // namespace bnexp::config
