#include "store/output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>

#include "base/console.h"
#include "base/error.h"
#include "store/descriptor.h"
#include "store/files.h"

namespace bnexp::store {
namespace fs = std::filesystem;
namespace {

Error cannot_write(const fs::path& path, int code) {
  return environment_error(fmt::format("cannot write {}: {}", path.string(), std::strerror(code)),
                           code == ENOSPC || code == EDQUOT ? "free some space, or name a file on another disk"
                           : code == EISDIR                 ? "name a file, not a folder"
                                                            : "name another file");
}

// What a path leads to, links followed; nullopt when there is nothing.
std::optional<struct stat> status_of(const fs::path& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) == 0) return status;
  if (errno == ENOENT) return std::nullopt;
  throw cannot_write(path, errno);
}

bool is_same(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

// The path that a link to nothing, or a chain of links, ends at. The kernel has just followed them: it ends.
fs::path followed(fs::path path) {
  std::error_code error;
  while (fs::is_symlink(path, error)) {
    const fs::path target = fs::read_symlink(path, error);
    if (error) throw cannot_write(path, error.value());
    path = path.parent_path() / target;
  }
  return path;
}

void require_writable(const fs::path& path) {
  if (faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) != 0) throw cannot_write(path, errno);
}

// Which of standard output and standard error goes to that very file, pipe or terminal; -1: neither.
int standard_descriptor(const struct stat& status) {
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat own {};
    const bool is_open = (fcntl(descriptor, F_GETFL) & O_ACCMODE) != O_RDONLY;
    if (is_open && fstat(descriptor, &own) == 0 && is_same(own, status)) return descriptor;
  }
  return -1;
}

// The folder of a new file may be one that is still to be made.
void check_output(const fs::path& path) {
  const auto status = status_of(path);
  if (status && S_ISDIR(status->st_mode)) throw cannot_write(path, EISDIR);
  if (status) require_writable(path);
  if (status && (!S_ISREG(status->st_mode) || standard_descriptor(*status) >= 0)) return;
  fs::path folder = followed(fs::absolute(path)).parent_path();
  while (!status_of(folder)) folder = folder.parent_path();
  require_writable(folder);
}

bool is_one_file(const fs::path& a, const fs::path& b) {
  const auto status_a = status_of(a);
  const auto status_b = status_of(b);
  if (status_a && status_b) return S_ISREG(status_a->st_mode) && is_same(*status_a, *status_b);
  if (status_a || status_b) return false;
  const auto resolved = [](const fs::path& path) { return fs::weakly_canonical(followed(fs::absolute(path))); };
  return resolved(a) == resolved(b);
}

void write_straight(const fs::path& path, std::string_view text) {
  Descriptor file(open(path.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC));
  if (!file) throw cannot_write(path, errno);
  if (const int failure = write_all(file.get(), text)) throw cannot_write(path, failure);
  if (file.close() != 0) throw cannot_write(path, errno);
}

}  // namespace

void check_outputs(const std::vector<Output>& outputs, const std::vector<fs::path>& inputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto& [option, path] = outputs[i];
    if (path.empty()) continue;
    check_output(path);
    for (const auto& input : inputs) {
      if (!is_one_file(path, input)) continue;
      throw usage_error(
          fmt::format("{} {} would overwrite {}, which this command reads", option, path.string(), input.string()),
          "name another file");
    }
    for (std::size_t other = 0; other < i; ++other) {
      if (outputs[other].path.empty() || !is_one_file(path, outputs[other].path)) continue;
      throw usage_error(fmt::format("{} and {} name the same file, {}", outputs[other].option, option, path.string()),
                        "name two files");
    }
  }
}

void write_output(const fs::path& path, std::string_view text) {
  const auto status = status_of(path);
  if (const int own = status ? standard_descriptor(*status) : -1; own >= 0) {
    return own == STDOUT_FILENO ? console::write(text) : console::write_note(text);
  }
  if (status && !S_ISREG(status->st_mode)) return write_straight(path, text);
  if (status) require_writable(path);
  const fs::path target = followed(fs::absolute(path));
  std::error_code error;
  if (!status) fs::create_directories(target.parent_path(), error);
  if (error) throw cannot_write(path, error.value());
  if (const int failure = replace_file(target, text, status ? &*status : nullptr)) throw cannot_write(path, failure);
}

}  // namespace bnexp::store
