#include "exec/channel.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "store/record.h"

namespace bnexp::exec {

bool Channel::send(const Json& message) {
  const std::string line = to_line(message) + "\n";
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t count = ::send(socket_.get(), line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) sent += static_cast<std::size_t>(count);
  }
  return true;
}

bool Channel::receive(Wait wait) {
  std::array<char, 1 << 16> bytes;
  const ssize_t count = recv(socket_.get(), bytes.data(), bytes.size(), wait == Wait::no ? MSG_DONTWAIT : 0);
  if (count > 0) buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

std::optional<std::string> Channel::take() {
  const std::size_t end = buffer_.find('\n', searched_);
  if (end == std::string::npos) {
    searched_ = buffer_.size();
    return std::nullopt;
  }
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  searched_ = 0;
  return line;
}

}  // namespace bnexp::exec
