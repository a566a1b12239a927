#include "exec/channel.h"

#include <sys/socket.h>
#include <unistd.h>

#include <string_view>
#include <thread>

#include "support/catch.h"

using namespace bnexp;
using exec::Channel;

namespace {

struct Ends {
  Ends() { REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, numbers) == 0); }
  int numbers[2];
};

void put(int socket, std::string_view bytes) {
  REQUIRE(write(socket, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
}

}  // namespace

TEST_CASE("messages that come in pieces or together are taken one by one") {
  const Ends ends;
  Channel channel{Descriptor(ends.numbers[0])};
  Descriptor other(ends.numbers[1]);
  CHECK(channel.receive(Channel::Wait::no));
  CHECK_FALSE(channel.take());
  put(other.get(), "{\"a\"");
  channel.receive(Channel::Wait::yes);
  CHECK_FALSE(channel.take());
  put(other.get(), ":1}\n{}\n{\"b");
  channel.receive(Channel::Wait::yes);
  CHECK(channel.take() == "{\"a\":1}");
  CHECK(channel.take() == "{}");
  CHECK_FALSE(channel.take());
  other.close();
  CHECK_FALSE(channel.receive(Channel::Wait::yes));
  CHECK_FALSE(channel.take());
}

TEST_CASE("a message much larger than the socket's buffer arrives whole") {
  const Ends ends;
  Channel sender{Descriptor(ends.numbers[0])};
  Channel receiver{Descriptor(ends.numbers[1])};
  const Json message = {{"text", std::string(5'000'000, 'x')}};
  std::thread thread([&] { CHECK(sender.send(message)); });
  std::optional<std::string> line;
  while (!line && receiver.receive(Channel::Wait::yes)) line = receiver.take();
  thread.join();
  REQUIRE(line);
  CHECK(Json::parse(*line) == message);
}

TEST_CASE("sending to nobody is noticed and does no harm") {
  const Ends ends;
  Channel sender{Descriptor(ends.numbers[0])};
  close(ends.numbers[1]);
  CHECK_FALSE(sender.send({{"a", 1}}));
}
