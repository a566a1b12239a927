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

  // Callable from a signal handler. After the first request running trials end soon, after the second at once.
  void request() noexcept;

  bool requested() const { return requests_.load() > 0; }
  bool urgent() const { return requests_.load() > 1; }

  // Readable from a request until the next `drain`.
  int descriptor() const { return descriptor_; }
  void drain() const;

 private:
  std::atomic<int> requests_{0};
  int descriptor_;
};

static_assert(std::atomic<int>::is_always_lock_free);

}  // namespace bnexp::exec
