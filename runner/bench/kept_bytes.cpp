#include "bench/kept_bytes.h"

#include <c10/core/CPUAllocator.h>

#include <mutex>
#include <unordered_map>

namespace bnexp::bench {
namespace {

// Counts the allocated bytes. It lives as long as the process, because its allocations may.
class CountingAllocator final : public c10::Allocator {
 public:
  static CountingAllocator& instance() {
    static auto* const one = new CountingAllocator;
    return *one;
  }

  void begin() {
    inner_ = c10::GetCPUAllocator();
    live = 0;
    ++window_;
    c10::SetCPUAllocator(this, kPriority);
  }
  void end() { c10::SetCPUAllocator(inner_, kPriority); }

  c10::DataPtr allocate(std::size_t bytes) override {
    c10::DataPtr data = inner_->allocate(bytes);
    void* pointer = data.get();
    if (pointer == nullptr) return data;
    const auto deleter = data.get_deleter();
    void* context = data.release_context();
    const std::lock_guard lock(mutex_);
    live += static_cast<std::int64_t>(bytes);
    blocks_[pointer] = {static_cast<std::int64_t>(bytes), window_, context, deleter};
    return {pointer, pointer, &release, c10::Device(c10::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override { default_copy_data(to, from, bytes); }

  std::int64_t live = 0;

 private:
  static constexpr std::uint8_t kPriority = 200;

  struct Block {
    std::int64_t bytes = 0;
    int window = 0;
    void* context = nullptr;
    c10::DeleterFnPtr deleter = nullptr;
  };

  static void release(void* pointer) {
    if (pointer == nullptr) return;
    CountingAllocator& self = instance();
    Block block;
    {
      const std::lock_guard lock(self.mutex_);
      const auto found = self.blocks_.find(pointer);
      block = found->second;
      if (block.window == self.window_) self.live -= block.bytes;
      self.blocks_.erase(found);
    }
    block.deleter(block.context);
  }

  c10::Allocator* inner_ = nullptr;
  int window_ = 0;  // counts the calls of begin
  std::mutex mutex_;
  std::unordered_map<void*, Block> blocks_;
};

}  // namespace

std::int64_t kept_bytes(const torch::Tensor& leaf, const std::function<torch::Tensor(const torch::Tensor&)>& forward) {
  CountingAllocator& counter = CountingAllocator::instance();
  counter.begin();
  torch::Tensor x = leaf + 1.0;
  torch::Tensor y = forward(x);
  x.reset();
  const auto graph = y.grad_fn();
  y.reset();
  const std::int64_t kept = counter.live;
  counter.end();
  return kept;
}

}  // namespace bnexp::bench
