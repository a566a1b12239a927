#include "data/expanded_file.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/error.h"

namespace bnexp::data {

namespace fs = std::filesystem;

struct ExpandedFile::State {
  fs::path path;
  std::uint64_t size = 0;  // on disk
  gzFile file = nullptr;
  ~State() {
    if (file != nullptr) gzclose(file);
  }
};

ExpandedFile::ExpandedFile(const fs::path& path) : state_(std::make_unique<State>()) {
  state_->path = path;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::is_regular_file(status)) {
    const std::string why = !fs::exists(status) && error ? error.message() : "not a regular file";
    throw environment_error(fmt::format("{}: {}", path.string(), why), "check the path");
  }
  state_->size = fs::file_size(path, error);
  state_->file = gzopen(path.c_str(), "rbe");
  if (state_->file == nullptr) {
    throw environment_error(
        fmt::format("{}: cannot be opened: {}", path.string(), std::generic_category().message(errno)),
        "check its permissions");
  }
  gzbuffer(state_->file, 1 << 17);
}

ExpandedFile::~ExpandedFile() = default;

std::size_t ExpandedFile::read(void* out, std::size_t count) {
  constexpr std::size_t kMost = 1 << 30;  // gzread counts in int
  std::size_t done = 0;
  while (done < count) {
    const auto wanted = static_cast<unsigned>(std::min(count - done, kMost));
    const int got = gzread(state_->file, static_cast<char*>(out) + done, wanted);
    if (got > 0) {
      done += static_cast<std::size_t>(got);
      continue;
    }
    int code = Z_OK;
    const std::string text = gzerror(state_->file, &code);
    if (code == Z_OK || code == Z_STREAM_END) break;
    if (code == Z_ERRNO) {
      throw environment_error(
          fmt::format("{}: cannot be read: {}", state_->path.string(), std::generic_category().message(errno)),
          "check the disk it is on");
    }
    throw environment_error(code == Z_BUF_ERROR
                                ? fmt::format("{}: the gzip file is cut off", state_->path.string())
                                : fmt::format("{}: the gzip file is damaged: {}", state_->path.string(), text),
                            "fetch the file again");
  }
  return done;
}

std::uint64_t ExpandedFile::most_bytes() const {
  constexpr std::uint64_t kMostExpansion = 1032;
  return gzdirect(state_->file) != 0 ? state_->size : state_->size * kMostExpansion;
}

}  // namespace bnexp::data
