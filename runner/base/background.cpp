#include "base/background.h"

#include <system_error>
#include <utility>

namespace bnexp {

std::future<void> in_background(std::function<void()> work) {
  try {
    return std::async(std::launch::async, work);
  } catch (const std::system_error&) {
    std::packaged_task<void()> task(std::move(work));
    task();
    return task.get_future();
  }
}

}  // namespace bnexp
