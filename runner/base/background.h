// Work in another thread, where the machine allows one.
#pragma once

#include <functional>
#include <future>

namespace bnexp {

// std::async, except that `work` is done here and now when no thread can be started (EAGAIN: a limit on processes).
// What it throws comes out of the future's get().
std::future<void> in_background(std::function<void()> work);

}  // namespace bnexp
