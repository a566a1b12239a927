#include "data/dataset.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>

#include "base/error.h"

namespace bnexp::data {
namespace {

constexpr std::string_view kMagic = "bnexp-data-1";
constexpr std::size_t kAlignment = 4096;
constexpr std::int64_t kMaxSide = 1 << 16;
constexpr std::int64_t kMaxBytes = std::int64_t{1} << 40;

// What a region starts with.
struct Preamble {
  char magic[16] = {};
  Dataset::Header header;
};

// Byte offsets of the four arrays.
struct Layout {
  std::size_t train_images, test_images, train_labels, test_labels, size;

  explicit Layout(const Dataset::Header& header) {
    const auto round_up = [](std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; };
    const auto pixels = static_cast<std::size_t>(header.rows * header.columns);
    const auto train = static_cast<std::size_t>(header.train);
    const auto test = static_cast<std::size_t>(header.test);
    train_images = round_up(sizeof(Preamble));
    test_images = round_up(train_images + train * pixels);
    train_labels = round_up(test_images + test * pixels);
    test_labels = round_up(train_labels + train);
    size = round_up(test_labels + test);
  }
};

bool plausible(const Dataset::Header& header) {
  if (header.rows < 1 || header.columns < 1 || header.rows > kMaxSide || header.columns > kMaxSide) return false;
  const std::int64_t most = kMaxBytes / (header.rows * header.columns + 1);
  return header.train >= 0 && header.test >= 0 && header.train <= most && header.test <= most;
}

std::string errno_text() { return std::generic_category().message(errno); }

int open_region(Dataset::Backing backing) {
  if (backing == Dataset::Backing::memory) {
    const int descriptor = memfd_create("bnexp-data", MFD_ALLOW_SEALING);
    if (descriptor >= 0) return descriptor;
  }
  std::string path = (std::filesystem::temp_directory_path() / "bnexp-data-XXXXXX").string();
  const int descriptor = mkstemp(path.data());
  if (descriptor < 0) {
    throw environment_error(fmt::format("{}: cannot make a temporary file: {}", path, errno_text()),
                            "set TMPDIR to a folder that can be written");
  }
  unlink(path.c_str());
  return descriptor;
}

}  // namespace

std::shared_ptr<Dataset> Dataset::allocate(const Header& header, Backing backing) {
  assert(plausible(header));
  const std::shared_ptr<Dataset> data(new Dataset);
  data->size_ = Layout(header).size;
  data->descriptor_ = open_region(backing);
  const int error = posix_fallocate(data->descriptor_, 0, static_cast<off_t>(data->size_));
  if (error != 0) {
    throw environment_error(fmt::format("cannot hold {} MiB of images in memory: {}", data->size_ >> 20,
                                        std::generic_category().message(error)),
                            "free some memory, or use fewer images");
  }
  data->map(PROT_READ | PROT_WRITE);
  Preamble preamble;
  kMagic.copy(preamble.magic, sizeof preamble.magic - 1);
  preamble.header = header;
  std::memcpy(data->region_, &preamble, sizeof preamble);
  return data;
}

std::shared_ptr<Dataset> Dataset::attach(int descriptor) {
  const auto refuse = [descriptor](const std::string& why) {
    throw environment_error(fmt::format("descriptor {} holds no shared data set: {}", descriptor, why),
                            "it is handed on by the process that started this one; start that one again");
  };
  const std::shared_ptr<Dataset> data(new Dataset);
  data->descriptor_ = descriptor;
  struct stat status {};
  if (fstat(descriptor, &status) != 0) refuse(errno_text());
  if (static_cast<std::size_t>(status.st_size) < sizeof(Preamble)) refuse("it is too small");
  data->size_ = static_cast<std::size_t>(status.st_size);
  data->map(PROT_READ);
  data->sealed_ = true;
  Preamble preamble;
  std::memcpy(&preamble, data->region_, sizeof preamble);
  preamble.magic[sizeof preamble.magic - 1] = '\0';
  if (preamble.magic != kMagic) refuse("it starts with other bytes");
  if (!plausible(preamble.header) || Layout(preamble.header).size != data->size_) refuse("its size is wrong");
  const int seals = fcntl(descriptor, F_GET_SEALS);
  if (seals >= 0 && (seals & F_SEAL_WRITE) == 0) refuse("it isn't sealed");
  return data;
}

Dataset::~Dataset() {
  if (region_ != nullptr) munmap(region_, size_);
  if (descriptor_ >= 0) close(descriptor_);
}

void Dataset::map(int protection) {
  void* region = mmap(nullptr, size_, protection, MAP_SHARED, descriptor_, 0);
  if (region == MAP_FAILED) {
    throw environment_error(fmt::format("cannot map {} MiB of images: {}", size_ >> 20, errno_text()),
                            "raise the limit on address space (ulimit -v), or use fewer images");
  }
  region_ = static_cast<std::uint8_t*>(region);
}

const Dataset::Header& Dataset::header() const { return reinterpret_cast<const Preamble*>(region_)->header; }

std::uint8_t* Dataset::writable(std::size_t offset) {
  assert(!sealed_);
  return region_ + offset;
}

std::uint8_t* Dataset::train_images() { return writable(Layout(header()).train_images); }
std::uint8_t* Dataset::train_labels() { return writable(Layout(header()).train_labels); }
std::uint8_t* Dataset::test_images() { return writable(Layout(header()).test_images); }
std::uint8_t* Dataset::test_labels() { return writable(Layout(header()).test_labels); }

void Dataset::seal() {
  assert(!sealed_);
  // A memfd takes the write seal only while no writable mapping of it exists. The temporary file has no seals.
  munmap(region_, size_);
  region_ = nullptr;
  fcntl(descriptor_, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  map(PROT_READ);
  sealed_ = true;
}

Split Dataset::split(std::size_t images, std::size_t labels, std::int64_t first, std::int64_t count) const {
  const std::int64_t pixels = header().rows * header().columns;
  return {region_ + images + first * pixels, region_ + labels + first, count};
}

Split Dataset::train(std::int64_t validation) const {
  assert(0 <= validation && validation < header().train);
  const Layout layout(header());
  return split(layout.train_images, layout.train_labels, 0, header().train - validation);
}

Split Dataset::validation(std::int64_t validation) const {
  assert(0 <= validation && validation < header().train);
  const Layout layout(header());
  return split(layout.train_images, layout.train_labels, header().train - validation, validation);
}

Split Dataset::test() const {
  const Layout layout(header());
  return split(layout.test_images, layout.test_labels, 0, header().test);
}

}  // namespace bnexp::data
