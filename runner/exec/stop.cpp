#include "exec/stop.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace bnexp::exec {

Stop::Stop() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Stop::~Stop() { close(descriptor_); }

void Stop::request(int signal) noexcept {
  const int before = errno;
  signal_.store(signal);
  requests_.fetch_add(1);
  const std::uint64_t one = 1;
  // Fails only with 2^64 - 2 pending requests.
  [[maybe_unused]] const auto written = write(descriptor_, &one, sizeof one);
  errno = before;
}

void Stop::drain() const {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto had = read(descriptor_, &count, sizeof count);
}

}  // namespace bnexp::exec
