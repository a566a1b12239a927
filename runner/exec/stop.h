// Stop requests (Ctrl-C), visible to poll().
#pragma once

#include <atomic>

namespace bnexp::exec {

class Stop {
 public:
  Stop();
  ~Stop();
  Stop(const Stop&) = delete;
  Stop& operator=(const Stop&) = delete;

  // Callable from a signal handler, with the signal. After the first request running trials end soon, after the second
  // at once.
  void request(int signal = 0) noexcept;

  bool requested() const { return requests_.load() > 0; }
  int signal() const { return signal_.load(); }  // of the last request
  bool urgent() const { return requests_.load() > 1; }

  // Readable from a request until the next `drain`.
  int descriptor() const { return descriptor_; }
  void drain() const;

 private:
  std::atomic<int> requests_{0};
  std::atomic<int> signal_{0};
  int descriptor_;
};

static_assert(std::atomic<int>::is_always_lock_free);

}  // namespace bnexp::exec
