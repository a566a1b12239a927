// Memory that is filled once. Processes forked afterwards share its pages, because nobody writes to them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace bnexp::data {

class SharedBytes {
 public:
  SharedBytes() = default;
  // Zeros. Pages are allocated when written. Throws Error(environment) when there is not enough memory.
  explicit SharedBytes(std::size_t size);
  SharedBytes(SharedBytes&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  SharedBytes& operator=(SharedBytes&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~SharedBytes();

  std::uint8_t* data() { return data_; }
  const std::uint8_t* data() const { return data_; }
  std::size_t size() const { return size_; }
  const std::uint8_t* begin() const { return data_; }
  const std::uint8_t* end() const { return data_ + size_; }

  // Makes the memory read-only: a process that writes to it is killed (SIGSEGV).
  void seal();

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace bnexp::data
