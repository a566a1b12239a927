#include "data/fetch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "base/console.h"
#include "base/descriptor.h"
#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "data/download.h"
#include "data/expanded_file.h"
#include "data/progress.h"

namespace bnexp::data {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse_folder(const fs::path& path, const std::string& action, int error) {
  throw environment_error(
      fmt::format("{}: cannot be {}: {}", path.string(), action, std::generic_category().message(error)),
      "choose a folder that can be written with --data-dir, BNEXP_DATA_DIR or XDG_CACHE_HOME");
}

// Held while a folder is filled. If the file system has no locks, several processes may download at once, each into its
// own memory: the work is repeated, the result is the same.
class FolderLock {
 public:
  FolderLock(const fs::path& folder, const std::string& what, bool quiet) {
    const fs::path path = folder / ".lock";
    descriptor_ = Descriptor(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666));
    if (!descriptor_) refuse_folder(path, "written", errno);
    if (flock(descriptor_.get(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
    if (!quiet) console::note("another process is fetching {} into {}; waiting for it\n", what, folder.string());
    while (flock(descriptor_.get(), LOCK_EX) != 0 && errno == EINTR) {
    }
  }

 private:
  Descriptor descriptor_;
};

// An unnamed file, removed with this object.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(memfd_create("download", MFD_CLOEXEC)) {
    if (!descriptor_) throw file_error("create", "a file in memory", errno);
  }
  int descriptor() const { return descriptor_.get(); }
  fs::path path() const { return fmt::format("/proc/self/fd/{}", descriptor_.get()); }

 private:
  Descriptor descriptor_;
};

// What is wrong with the file at `path`, or nullopt.
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

// Why `url` failed, or nullopt.
std::optional<std::string> fetch_from(const std::string& url, const std::string& protocols, const fs::path& folder,
                                      const KnownFile& known, bool quiet) {
  constexpr std::int64_t kSlack = 1 << 16;  // incompressible data grows a little
  const fs::path path = folder / (known.name + ".gz");
  const MemoryFile file;
  {
    ProgressBar bar(path.filename(), url, quiet);
    const DownloadLimits limits{.protocols = protocols, .most_bytes = known.bytes + kSlack};
    const auto failure = download(url, file.descriptor(), path.string(), limits,
                                  [&bar](std::int64_t done, std::int64_t total) { bar.update(done, total); });
    if (failure) return failure;
  }
  if (const auto wrong = verify(file.path(), known)) return wrong;
  const auto bytes = read_whole(file.path());
  if (!bytes) throw file_error("read", file.path(), errno);
  if (const int failure = replace_file(path, *bytes)) refuse_folder(path, "written", failure);
  return std::nullopt;
}

// MNIST's files have names with a dash or with a dot; torchvision keeps them in its own folder.
std::vector<fs::path> places_of(const fs::path& folder, const std::string& name) {
  std::string dotted = name;
  if (const auto dash = dotted.rfind("-idx"); dash != std::string::npos) dotted[dash] = '.';
  std::vector<fs::path> places;
  for (const fs::path& where : {folder, folder / "MNIST" / "raw"}) {
    for (const auto& spelling : {name, dotted}) {
      places.push_back(where / (spelling + ".gz"));
      places.push_back(where / spelling);
    }
  }
  return places;
}

}  // namespace

std::optional<fs::path> locate(const fs::path& folder, const std::string& name) {
  std::optional<fs::path> other;  // may be a folder of that name
  for (const fs::path& path : places_of(folder, name)) {
    std::error_code ignored;
    const auto status = fs::status(path, ignored);
    if (fs::is_regular_file(status)) return path;
    if (fs::exists(status) && !other) other = path;
  }
  return other;
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
  sweep_leftovers(folder);
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
    if (!had)
      throw environment_error(fmt::format("no mirror could deliver {} of {}:{}", file.name, what, reasons), remedy);
  }
}

}  // namespace bnexp::data
