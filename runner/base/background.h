// Work in another thread, if one can be started.
#pragma once

#include <functional>
#include <future>

namespace bnexp {

// Like std::async, but runs `work` at once in this thread when no thread can be started (EAGAIN: a limit on processes).
// The future's get() rethrows exceptions of `work`.
std::future<void> in_background(std::function<void()> work);

}  // namespace bnexp
