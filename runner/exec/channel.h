// JSON messages between a run and its workers, over a socket: four bytes of length, little-endian, then the text.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"

namespace bnexp::exec {

class Channel {
 public:
  explicit Channel(int descriptor) : descriptor_(descriptor) {}
  Channel(Channel&& other) noexcept;
  Channel& operator=(Channel&& other) noexcept;
  ~Channel();

  int descriptor() const { return descriptor_; }

  // False when the other side is gone.
  bool send(const Json& message) const;
  // Waits for a whole message; nullopt when the other side is gone or sent what is no message.
  std::optional<Json> receive();
  // Takes in what is there without waiting; false when the other side is gone.
  bool fill();
  // The next whole message of what was taken in. `broken` is set when it isn't one.
  std::optional<Json> take(bool& broken);

 private:
  int descriptor_ = -1;
  std::string buffer_;
};

}  // namespace bnexp::exec
