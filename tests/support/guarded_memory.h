// While it lives, tensors and the scratch memory of LibTorch's libraries end at a page that nobody may touch: an access
// past their end, also by generated code that no sanitizer sees, ends the process.
#pragma once

#include <c10/core/Allocator.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <stdexcept>

namespace bnexp::tests {

class GuardedMemory final : public c10::Allocator {
 public:
  GuardedMemory() : before_(c10::GetAllocator(c10::kCPU)) {
    if (current_ != nullptr) throw std::logic_error("memory is guarded already");
    current_ = this;
    c10::SetAllocator(c10::kCPU, this);
  }
  ~GuardedMemory() override {
    c10::SetAllocator(c10::kCPU, before_);
    current_ = nullptr;
  }
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;

  // LibTorch promises its users 64 bytes of alignment, so that up to 63 bytes lie between the end and the guard.
  c10::DataPtr allocate(std::size_t bytes) override {
    if (bytes == 0) return {nullptr, nullptr, deleter, c10::Device(c10::kCPU)};
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t aligned = (bytes + 63) / 64 * 64;
    const std::size_t used = (aligned + page - 1) / page * page;
    const std::size_t all = used + 2 * page;
    auto* block = static_cast<char*>(mmap(nullptr, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (block == MAP_FAILED || mprotect(block + page, used, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
    char* data = block + page + used - aligned;
    const std::lock_guard lock(mutex_);
    blocks()[data] = {block, all};
    return {data, data, deleter, c10::Device(c10::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return deleter; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override { std::memcpy(to, from, bytes); }

 private:
  struct Block {
    void* begin;
    std::size_t bytes;
  };

  // Some blocks outlive their allocator: those of what LibTorch caches.
  static std::map<void*, Block>& blocks() {
    static auto* all = new std::map<void*, Block>;
    return *all;
  }
  static void deleter(void* data) {
    if (data == nullptr) return;
    const std::lock_guard lock(mutex_);
    const auto found = blocks().find(data);
    munmap(found->second.begin, found->second.bytes);
    blocks().erase(found);
  }

  inline static std::mutex mutex_;
  inline static GuardedMemory* current_ = nullptr;
  c10::Allocator* before_;
};

}  // namespace bnexp::tests
