// SHA-256, for trial ids and for the checksums of data.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace bnexp {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(const void* bytes, std::size_t count);
  void update(std::string_view text) { update(text.data(), text.size()); }

  // The hash: 32 bytes, or 64 lower-case hexadecimal digits. Call one of them, once.
  std::string digest();
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_digest(std::string_view text);
std::string sha256_hex(std::string_view text);

}  // namespace bnexp
