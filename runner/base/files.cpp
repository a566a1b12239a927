#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <system_error>

#include "base/descriptor.h"
#include "base/machine.h"
#include "base/write_all.h"

namespace bnexp {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kSuffix = ".tmp";

const std::string& own_space() {
  static const std::string space = process_space();
  return space;
}

// The process id of the writer of a temporary file, if it belongs to this process space.
std::optional<pid_t> local_writer(std::string name) {
  name.resize(name.size() - kSuffix.size());
  name.resize(std::min(name.size(), name.rfind('.')));
  const auto dot = name.rfind('.');
  if (dot == std::string::npos || !std::string_view(name).substr(0, dot).ends_with(fmt::format(".{}", own_space())))
    return {};
  pid_t pid = 0;
  const char* end = name.data() + name.size();
  const auto parsed = std::from_chars(name.data() + dot + 1, end, pid);
  if (parsed.ec != std::errc() || parsed.ptr != end) return {};
  return pid;
}

bool process_exists(pid_t pid) { return kill(pid, 0) == 0 || errno == EPERM; }

// 0, or the errno of what failed.
int write_synced(const fs::path& path, std::string_view text, const struct stat* like) {
  Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file) return errno;
  if (like != nullptr) {
    // The permissions are set last, because changing the owner resets them.
    if (fchown(file.get(), like->st_uid, like->st_gid) != 0) return errno;
    if (fchmod(file.get(), like->st_mode & 07777) != 0) return errno;
  }
  if (const int failure = write_all(file.get(), text)) return failure;
  if (fsync(file.get()) != 0) return errno;
  return file.close() == 0 ? 0 : errno;
}

// Some file systems can't sync a folder; a folder that vanished was reported by the rename before.
void sync_folder(const fs::path& folder) {
  const Descriptor descriptor(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor) fsync(descriptor.get());
}

std::string remedy_for_reading(int code) {
  switch (code) {
    case EACCES:
    case EPERM:
      return "ask its owner for permission to read it (chmod +r)";
    case EISDIR:
    case ENODEV:
    case EOPNOTSUPP:
      return "name a file, not a folder or a device";
    case ENOENT:
    case ENOTDIR:
      return "check the path";
    case EMFILE:
    case ENFILE:
      return "raise the limit on open files (ulimit -n)";
    default:
      return "check the disk";
  }
}

std::string remedy(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
      return "free some space and run the same command again; finished results are kept";
    case EFBIG:
      return "raise the limit on file sizes (ulimit -f) and run the same command again; finished results are kept";
    case EROFS:
    case EACCES:
    case EPERM:
      return "make the folder writable, or choose another with --store";
    case ENOENT:
    case ESTALE:
      return "the folder does not exist; create it, or choose another with --store";
    case ENOTDIR:
      return "a file is in the place of a folder: move it away, or choose another folder with --store";
    case EISDIR:
      return "a folder is in the place of a file: move it away";
    case ENOLCK:
    case EINVAL:
    case EOPNOTSUPP:
      return "this file system may not support locks; choose a folder on another one with --store";
    case EMFILE:
      return "raise the limit on open files (ulimit -n)";
    default:
      return "check the disk, or choose another folder with --store";
  }
}

}  // namespace

Error file_error(std::string_view action, const fs::path& path, int code) {
  return environment_error(fmt::format("cannot {} {}: {}", action, path.string(), std::strerror(code)),
                           action == "read" ? remedy_for_reading(code) : remedy(code));
}

// ".<name>.<process space>.<pid>.<counter>.tmp", short enough where the name is as long as a name may be.
fs::path temporary_for(const fs::path& path) {
  static std::atomic<unsigned> counter{0};
  const std::string name = path.filename().string().substr(0, 100);
  return path.parent_path() / fmt::format(".{}.{}.{}.{}{}", name, own_space(), getpid(), counter++, kSuffix);
}

int replace_file(const fs::path& path, std::string_view text, const struct stat* like) {
  const fs::path temporary = temporary_for(path);
  int failure = write_synced(temporary, text, like);
  if (failure == 0 && rename(temporary.c_str(), path.c_str()) != 0) failure = errno;
  if (failure != 0) {
    unlink(temporary.c_str());
    return failure;
  }
  sync_folder(path.parent_path());
  return 0;
}

void write_whole(const fs::path& path, std::string_view text) {
  if (const int failure = replace_file(path, text)) throw file_error("write", path, failure);
}

std::optional<std::string> read_whole(const fs::path& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0) throw file_error("read", path, errno);
  if (S_ISDIR(status.st_mode)) throw file_error("read", path, EISDIR);
  if (!S_ISREG(status.st_mode)) throw environment_error(fmt::format("{} is not a regular file", path.string()));
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t have = 0;
  while (have < text.size()) {
    const ssize_t count = read(file.get(), text.data() + have, text.size() - have);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw file_error("read", path, errno);
    if (count == 0) break;  // shorter than it was a moment ago
    have += static_cast<std::size_t>(count);
  }
  text.resize(have);
  return text;
}

fs::path absolute_path(const fs::path& path) {
  std::error_code error;
  auto absolute = fs::absolute(path, error);
  if (error) throw file_error("find the current folder for", path, error.value());
  return absolute;
}

bool is_no_file(const fs::path& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
}

bool is_there(const fs::path& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) == 0) return true;
  if (errno != ENOENT && errno != ENOTDIR) throw file_error("read", path, errno);
  return false;
}

fs::path set_aside(const fs::path& path) {
  for (int number = 1;; ++number) {
    fs::path aside = path;
    aside += number == 1 ? ".damaged" : fmt::format(".damaged-{}", number);
    if (renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, aside.c_str(), RENAME_NOREPLACE) == 0) return aside;
    if (errno == EEXIST) continue;
    // Some file systems can't promise not to replace.
    if (errno != EINVAL || is_there(aside)) throw file_error("rename", path, errno);
    if (rename(path.c_str(), aside.c_str()) != 0) throw file_error("rename", path, errno);
    return aside;
  }
}

double modified_s(const struct stat& status) {
  return static_cast<double>(status.st_mtim.tv_sec) + 1e-9 * static_cast<double>(status.st_mtim.tv_nsec);
}

std::optional<double> touch(const fs::path& path) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  struct stat status {};
  if (!file || futimens(file.get(), nullptr) != 0 || fstat(file.get(), &status) != 0) return std::nullopt;
  return modified_s(status);
}

bool is_leftover(const fs::path& path) {
  const std::string name = path.filename().string();
  if (!name.starts_with('.') || !name.ends_with(kSuffix)) return false;
  if (const auto writer = local_writer(name)) return !process_exists(*writer);
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return false;
  const fs::path probe = temporary_for(path.parent_path() / "clock");
  const auto now = touch(probe);
  unlink(probe.c_str());
  return now && *now - modified_s(status) > 3600;
}

void sweep_leftovers(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (is_leftover(entry->path())) fs::remove(entry->path(), ignored);
  }
}

}  // namespace bnexp
