#include "data/download.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <thread>

#include "data/support.h"
#include "support/catch.h"

namespace bnexp::data {
namespace {

using namespace testing;

// Answers every connection to a port of this machine with the same bytes, then closes it.
class Server {
 public:
  explicit Server(const std::string& answer) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(socket_, generic, length) != 0 || listen(socket_, 4) != 0) throw std::runtime_error("no local port");
    getsockname(socket_, generic, &length);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/file";
    thread_ = std::thread([this, answer] { serve(answer); });
  }
  ~Server() {
    shutdown(socket_, SHUT_RDWR);
    thread_.join();
    close(socket_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  const std::string& url() const { return url_; }

 private:
  void serve(const std::string& answer) const {
    for (int client = -1; (client = accept(socket_, nullptr, nullptr)) >= 0;) {
      char request[4096];
      if (recv(client, request, sizeof request, 0) > 0) send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
      shutdown(client, SHUT_WR);
      while (recv(client, request, sizeof request, 0) > 0) {
      }
      close(client);
    }
  }
  int socket_;
  std::string url_;
  std::thread thread_;
};

// What a download from `url` complains of, "" when it doesn't; `body` is what was written.
struct Outcome {
  std::string reason;
  std::string body;
  std::int64_t total = 0;
};

Outcome get(const std::string& url, std::int64_t most_bytes = 1000, const std::string& protocols = "http") {
  const ScopedVariable direct("no_proxy", "*");
  const TempFolder folder;
  const fs::path path = folder.path() / "body";
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT, 0600);
  Outcome outcome;
  outcome.reason =
      download(url, descriptor, path.string(), {protocols, most_bytes}, [&](std::int64_t, std::int64_t total) {
        outcome.total = total;
      }).value_or("");
  close(descriptor);
  outcome.body = read_file(path);
  return outcome;
}

TEST_CASE("a body is written as it comes, and its size is told") {
  const Server server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  const Outcome outcome = get(server.url());
  CHECK(outcome.reason.empty());
  CHECK(outcome.body == "hello");
  CHECK(outcome.total == 5);
}

TEST_CASE("an HTTP error, a cut body and an endless body are reasons, not bodies") {
  const Server absent("HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot found");
  CHECK(contains(get(absent.url()).reason, "404"));
  CHECK(get(absent.url()).body.empty());
  const Server cut("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello");
  CHECK_FALSE(get(cut.url()).reason.empty());
  const Server endless("HTTP/1.1 200 OK\r\n\r\n" + std::string(5000, 'x'));
  CHECK(get(endless.url(), 4999).reason == "longer than 4999 bytes");
  CHECK(get(endless.url(), 5000).reason.empty());
}

TEST_CASE("a redirect to a protocol that isn't allowed is not followed") {
  const Server server("HTTP/1.1 302 Found\r\nLocation: file:///etc/hostname\r\nContent-Length: 0\r\n\r\n");
  const Outcome outcome = get(server.url());
  CHECK(contains(outcome.reason, "Protocol \"file\""));
  CHECK(outcome.body.empty());
}

TEST_CASE("certificates are those of the variables that curl reads") {
  const Server server("");
  const std::string url = "https" + server.url().substr(4);
  for (const char* name : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
    const ScopedVariable other("CURL_CA_BUNDLE", "");
    const ScopedVariable certificates(name, "/nowhere/company.pem");
    CHECK(contains(get(url, 1000, "https").reason, "/nowhere/company.pem"));
  }
}

TEST_CASE("a full disk is the user's to clear, not the mirror's fault") {
  const Server server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  const ScopedVariable direct("no_proxy", "*");
  const int full = open("/dev/full", O_WRONLY);
  REQUIRE(full >= 0);
  const std::string message = complaint([&] { download(server.url(), full, "the/file", {"http", 1000}, {}); });
  close(full);
  CHECK(contains(message, "the/file: cannot be written: No space left on device | free some space"));
}

}  // namespace
}  // namespace bnexp::data
