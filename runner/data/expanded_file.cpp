#include "data/expanded_file.h"

#include <fmt/format.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "base/error.h"

namespace bnexp::data {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::uint8_t, 2> kGzip{0x1f, 0x8b};
constexpr std::size_t kMostHeader = 4096;  // with a file name; read from one piece of memory

}  // namespace

struct ExpandedFile::State {
  struct Close {
    void operator()(std::FILE* open) const { std::fclose(open); }
  };

  fs::path path;
  std::uint64_t size = 0;  // on disk
  std::unique_ptr<std::FILE, Close> file;
  bool packed = false;
  inflate_state stream;
  std::array<std::uint8_t, 1 << 17> input;  // the part of the packed file in memory
  bool ended = false;                       // the packed input is fully expanded

  [[noreturn]] void refuse(const std::string& what, const std::string& hint) const {
    throw environment_error(fmt::format("{}: {}", path.string(), what), hint);
  }

  std::size_t read_disk(void* out, std::size_t count) const {
    const std::size_t got = std::fread(out, 1, count, file.get());
    if (got < count && std::ferror(file.get()) != 0) {
      refuse("cannot be read: " + std::generic_category().message(errno), "check the disk it is on");
    }
    return got;
  }

  // Whether at least `least` bytes of packed input are left.
  bool refill(std::size_t least = 1) {
    if (stream.avail_in >= least) return true;
    std::copy_n(stream.next_in, stream.avail_in, input.data());
    stream.next_in = input.data();
    const std::size_t got = read_disk(input.data() + stream.avail_in, input.size() - stream.avail_in);
    stream.avail_in += static_cast<std::uint32_t>(got);
    return stream.avail_in >= least;
  }

  void start_member() {
    refill(kMostHeader);
    isal_inflate_reset(&stream);
    stream.crc_flag = ISAL_GZIP;
  }

  std::size_t unpack(std::uint8_t* out, std::size_t count) {
    stream.next_out = out;
    stream.avail_out = static_cast<std::uint32_t>(count);
    while (stream.avail_out > 0 && !ended) {
      if (!refill()) refuse("the gzip file is cut off", "fetch the file again");
      const int code = isal_inflate(&stream);
      if (code < 0) {
        const char* what = code == ISAL_INCORRECT_CHECKSUM ? "the gzip file is damaged: its checksum is wrong"
                                                           : "the gzip file is damaged";
        refuse(what, "fetch the file again");
      }
      if (stream.block_state != ISAL_BLOCK_FINISH) continue;
      // Several concatenated gzip members are one file, as in gzip; anything else that follows is ignored.
      ended = !refill(kGzip.size()) || !std::equal(kGzip.begin(), kGzip.end(), stream.next_in);
      if (!ended) start_member();
    }
    return count - stream.avail_out;
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
  state_->file.reset(std::fopen(path.c_str(), "rbe"));
  if (state_->file == nullptr) {
    throw environment_error(
        fmt::format("{}: cannot be opened: {}", path.string(), std::generic_category().message(errno)),
        "check its permissions");
  }
  isal_inflate_init(&state_->stream);
  state_->stream.next_in = state_->input.data();
  state_->packed = state_->refill(kGzip.size()) && std::equal(kGzip.begin(), kGzip.end(), state_->input.begin());
  if (state_->packed) {
    state_->start_member();
  } else {
    std::rewind(state_->file.get());
  }
}

ExpandedFile::~ExpandedFile() = default;

std::size_t ExpandedFile::read(void* out, std::size_t count) {
  constexpr std::size_t kMost = 1 << 30;  // the stream counts in 32 bits
  auto* const to = static_cast<std::uint8_t*>(out);
  if (!state_->packed) return state_->read_disk(to, count);
  std::size_t done = 0;
  while (done < count && !state_->ended) done += state_->unpack(to + done, std::min(count - done, kMost));
  return done;
}

std::uint64_t ExpandedFile::most_bytes() const {
  constexpr std::uint64_t kMostExpansion = 1032;
  return state_->packed ? state_->size * kMostExpansion : state_->size;
}

}  // namespace bnexp::data
