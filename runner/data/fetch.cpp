#include "data/fetch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <random>
#include <system_error>

#include "base/console.h"
#include "base/error.h"
#include "base/hash.h"
#include "data/download.h"
#include "data/expanded_file.h"
#include "data/progress.h"

namespace bnexp::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUnfinished = ".unfinished";

[[noreturn]] void refuse_folder(const fs::path& path, const std::string& action, int error) {
  throw environment_error(
      fmt::format("{}: cannot be {}: {}", path.string(), action, std::generic_category().message(error)),
      "choose a folder that can be written with --data-dir, BNEXP_DATA_DIR or XDG_CACHE_HOME");
}

// Held while a folder is filled. Where the file system has no locks, several processes may download at once, each
// into a file of its own: the work is doubled, the result is the same.
class FolderLock {
 public:
  FolderLock(const fs::path& folder, const std::string& what, bool quiet) {
    const fs::path path = folder / ".lock";
    descriptor_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0) refuse_folder(path, "written", errno);
    locked_ = flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
    if (locked_ || errno != EWOULDBLOCK) return;
    if (!quiet) console::note("another process is fetching {} into {}; waiting for it\n", what, folder.string());
    while (!(locked_ = flock(descriptor_, LOCK_EX) == 0) && errno == EINTR) {
    }
  }
  ~FolderLock() { close(descriptor_); }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  bool locked() const { return locked_; }

 private:
  int descriptor_ = -1;
  bool locked_ = false;
};

// A new file beside its final place; removed unless renamed.
class UnfinishedFile {
 public:
  explicit UnfinishedFile(const fs::path& final_path) : final_path_(final_path) {
    path_ = final_path;
    path_ += fmt::format(".{}-{:08x}{}", getpid(), std::random_device{}(), kUnfinished);
    descriptor_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ < 0) refuse_folder(path_, "written", errno);
  }
  ~UnfinishedFile() {
    if (descriptor_ >= 0) close(descriptor_);
    unlink(path_.c_str());
  }
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;

  int descriptor() const { return descriptor_; }
  const fs::path& path() const { return path_; }

  void put_in_place() {
    if (fsync(descriptor_) != 0) refuse_folder(path_, "written", errno);
    if (std::rename(path_.c_str(), final_path_.c_str()) != 0) refuse_folder(final_path_, "put in place", errno);
    const int folder = open(final_path_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return;
    fsync(folder);
    close(folder);
  }

 private:
  fs::path final_path_;
  fs::path path_;
  int descriptor_ = -1;
};

// What is wrong with the file at `path`, if anything.
std::optional<std::string> verify(const fs::path& path, const KnownFile& known) try {
  ExpandedFile file(path);
  Sha256 hash;
  std::array<char, 1 << 16> chunk;
  std::int64_t bytes = 0;
  while (const std::size_t got = file.read(chunk.data(), chunk.size())) {
    bytes += static_cast<std::int64_t>(got);
    if (bytes > known.bytes) return fmt::format("{}: more than the expected {} bytes", known.name, known.bytes);
    hash.update(chunk.data(), got);
  }
  if (bytes != known.bytes) return fmt::format("{}: {} bytes, expected {}", known.name, bytes, known.bytes);
  const std::string found = hash.hex();
  if (found == known.sha256) return std::nullopt;
  return fmt::format("{}: SHA-256 {}, expected {}", known.name, found, known.sha256);
} catch (const Error& error) {
  return error.what();
}

bool is_right(const fs::path& folder, const KnownFile& known) {
  const auto path = locate(folder, known.name);
  return path && !verify(*path, known);
}

// Why `url` didn't give the file, if it didn't.
std::optional<std::string> fetch_from(const std::string& url, const std::string& protocols, const fs::path& folder,
                                      const KnownFile& known, bool quiet) {
  constexpr std::int64_t kSlack = 1 << 16;  // what does not compress grows a little
  UnfinishedFile file(folder / (known.name + ".gz"));
  {
    ProgressBar bar(known.name + ".gz", url, quiet);
    const DownloadLimits limits{.protocols = protocols, .most_bytes = known.bytes + kSlack};
    const auto failure = download(url, file.descriptor(), file.path().string(), limits,
                                  [&bar](std::int64_t done, std::int64_t total) { bar.update(done, total); });
    if (failure) return failure;
  }
  if (const auto wrong = verify(file.path(), known)) return wrong;
  file.put_in_place();
  return std::nullopt;
}

void remove_leftovers(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == kUnfinished) fs::remove(entry.path(), ignored);
  }
}

}  // namespace

std::optional<fs::path> locate(const fs::path& folder, const std::string& name) {
  for (const fs::path& path : {folder / (name + ".gz"), folder / name}) {
    std::error_code ignored;
    if (fs::exists(path, ignored)) return path;
  }
  return std::nullopt;
}

void fetch(const fs::path& folder, const std::vector<KnownFile>& files, const Mirrors& mirrors, const std::string& what,
           const std::string& remedy, bool quiet) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) refuse_folder(folder, "made", error.value());

  std::vector<KnownFile> missing;
  for (const auto& file : files) {
    if (!is_right(folder, file)) missing.push_back(file);
  }
  if (missing.empty()) return;

  const FolderLock lock(folder, what, quiet);
  if (lock.locked()) remove_leftovers(folder);
  auto urls = mirrors.urls;
  std::string reasons;
  for (const auto& file : missing) {
    if (is_right(folder, file)) continue;
    bool had = false;
    while (!had && !urls.empty()) {
      const std::string url = urls.front() + file.name + ".gz";
      const auto failure = fetch_from(url, mirrors.protocols, folder, file, quiet);
      had = !failure;
      if (had) break;
      reasons += fmt::format("\n  {}: {}", url, *failure);
      if (!quiet) console::note("{}: {}\n", url, *failure);
      urls.erase(urls.begin());
    }
    if (!had) throw environment_error(fmt::format("no mirror gave {} of {}:{}", file.name, what, reasons), remedy);
  }
}

}  // namespace bnexp::data
