// Messages between a worker and its parent: JSON, one per line, over a socket pair.
//   to the worker    {"job": {"settings", "data", "weights", "checkpoint", "checkpoint_every_s", "lease"}},
//                    {"stop": true}
//   to the parent    {"progress": {"step", "steps", "loss", "accuracy"}}, {"notice": text}, {"done": result},
//                    {"weights_failure": {"message", "hint"}}
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "base/descriptor.h"
#include "base/json.h"

namespace bnexp::exec {

class Channel {
 public:
  explicit Channel(Descriptor socket) : socket_(std::move(socket)) {}

  int descriptor() const { return socket_.get(); }

  // False when the other side is gone. Waits only if the message exceeds the socket's buffer.
  bool send(const Json& message);

  enum class Wait { no, yes };
  // Reads the available data, or waits for some; false when the other side is gone.
  bool receive(Wait wait);

  // The next complete line.
  std::optional<std::string> take();

 private:
  Descriptor socket_;  // a connected stream socket
  std::string buffer_;
  std::size_t searched_ = 0;  // bytes of the buffer known to have no line end
};

}  // namespace bnexp::exec
