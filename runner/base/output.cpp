#include "base/output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

#include "base/console.h"
#include "base/descriptor.h"
#include "base/error.h"
#include "base/files.h"
#include "base/write_all.h"

namespace bnexp {
namespace fs = std::filesystem;
namespace {

Error cannot_write(const fs::path& path, int code) {
  return environment_error(fmt::format("cannot write {}: {}", path.string(), std::strerror(code)),
                           code == ENOSPC || code == EDQUOT ? "free some space, or name a file on another disk"
                           : code == EFBIG                  ? "raise the limit on file sizes (ulimit -f)"
                           : code == EISDIR                 ? "name a file, not a folder"
                                                            : "name another file");
}

bool is_same(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

bool is_process_folder(const fs::path& folder) {
  struct statfs status {};
  return statfs(folder.c_str(), &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

// What a path refers to.
struct Target {
  std::optional<struct stat> status;  // nullopt: it does not exist yet
  fs::path path;                      // with links followed
  int descriptor = -1;                // of this process, for standard output, /dev/fd/5 and the like; else -1
};

// The descriptor that `link` stands for if it is an entry of /proc/self/fd, such as "5"; else -1.
int descriptor_of(const fs::path& link, const struct stat& status) {
  const std::string name = link.filename().string();
  int number = -1;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) return -1;
  struct stat own {};
  return is_process_folder(link.parent_path()) && fstat(number, &own) == 0 && is_same(own, status) ? number : -1;
}

// The descriptor of standard output or standard error if it is this file, pipe or terminal; else -1.
int standard_descriptor(const struct stat& status) {
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat own {};
    const bool is_open = (fcntl(descriptor, F_GETFL) & O_ACCMODE) != O_RDONLY;
    if (is_open && fstat(descriptor, &own) == 0 && is_same(own, status)) return descriptor;
  }
  return -1;
}

// Throws if the path can't be a file: a folder, or a path through a file.
Target target_of(const fs::path& path) {
  Target target;
  struct stat status {};
  if (stat(path.c_str(), &status) == 0) {
    target.status = status;
    target.descriptor = standard_descriptor(status);
  } else if (errno != ENOENT) {
    throw cannot_write(path, errno);
  }
  std::error_code error;
  target.path = fs::absolute(path, error);
  while (!error && fs::is_symlink(target.path, error)) {
    if (target.status && target.descriptor < 0) target.descriptor = descriptor_of(target.path, *target.status);
    target.path = target.path.parent_path() / fs::read_symlink(target.path, error);
  }
  const fs::path name = target.path.filename();
  if (S_ISDIR(status.st_mode) || name.empty() || name == "." || name == "..") throw cannot_write(path, EISDIR);
  return target;
}

void require_writable(const fs::path& place, const fs::path& output) {
  if (faccessat(AT_FDCWD, place.c_str(), W_OK, AT_EACCESS) != 0) throw cannot_write(output, errno);
}

// The target of an output. It may be a new file in folders that do not exist yet.
Target writable_target_of(const fs::path& path) {
  Target target = target_of(path);
  if (target.descriptor >= 0) return target;
  if (target.status) {
    require_writable(path, path);
    return target;
  }
  struct stat status {};
  fs::path folder = target.path.parent_path();
  while (stat(folder.c_str(), &status) != 0) {
    std::error_code ignored;
    const bool is_name = folder.filename() != ".." && !fs::is_symlink(folder, ignored);
    if (errno != ENOENT || !is_name) throw cannot_write(path, ENOENT);
    folder = folder.parent_path();
  }
  require_writable(folder, path);
  return target;
}

bool is_one_file(const Target& a, const Target& b) {
  if (a.status && b.status) return S_ISREG(a.status->st_mode) && is_same(*a.status, *b.status);
  std::error_code ignored;
  return !a.status && !b.status && fs::weakly_canonical(a.path, ignored) == fs::weakly_canonical(b.path, ignored);
}

// 0, or the errno of what failed. A regular file is emptied first.
int write_in_place(const fs::path& path, std::string_view text) {
  Descriptor file(open(path.c_str(), O_WRONLY | O_NOCTTY | O_TRUNC | O_CLOEXEC));
  if (!file) return errno;
  if (const int failure = write_all(file.get(), text)) return failure;
  return file.close() == 0 ? 0 : errno;
}

int write_to(const Target& target, const fs::path& path, std::string_view text) {
  if (target.descriptor >= 0) return write_all(target.descriptor, text);
  if (!target.status) {
    std::error_code error;
    fs::create_directories(target.path.parent_path(), error);
    return error ? error.value() : replace_file(target.path, text);
  }
  struct stat found {};
  const bool is_named = stat(target.path.c_str(), &found) == 0 && is_same(found, *target.status);
  if (!S_ISREG(target.status->st_mode) || target.status->st_nlink != 1 || !is_named) return write_in_place(path, text);
  const int failure = replace_file(target.path, text, &*target.status);
  const bool may_not_replace = failure == EACCES || failure == EPERM || failure == EROFS || failure == EBUSY;
  return may_not_replace ? write_in_place(path, text) : failure;
}

}  // namespace

void check_outputs(const std::vector<Output>& outputs, const std::vector<fs::path>& inputs) {
  std::vector<std::pair<std::string, Target>> seen;
  for (const auto& [option, path] : outputs) {
    if (path.empty()) continue;
    const Target target = writable_target_of(path);
    for (const auto& input : inputs) {
      if (!is_one_file(target, target_of(input))) continue;
      throw usage_error(
          fmt::format("{} {} would overwrite {}, which this command reads", option, path.string(), input.string()),
          "name another file");
    }
    for (const auto& [other, its_target] : seen) {
      if (!is_one_file(target, its_target)) continue;
      throw usage_error(fmt::format("{} and {} name the same file, {}", other, option, path.string()),
                        "name two files");
    }
    seen.emplace_back(option, target);
  }
}

void write_output(const fs::path& path, std::string_view text) {
  const Target target = writable_target_of(path);
  if (target.descriptor == STDOUT_FILENO) return console::write(text);
  if (const int failure = write_to(target, path, text)) throw cannot_write(path, failure);
}

}  // namespace bnexp
