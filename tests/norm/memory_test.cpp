// What batch norm keeps for backward, in bytes, counted by the allocator.
#include <c10/core/CPUAllocator.h>

#include <map>
#include <mutex>

#include "config/catalog.h"
#include "norm/norm.h"
#include "support/catch.h"

namespace bnexp {
namespace {

// Counts the bytes that are alive among those it gave out.
class CountingAllocator final : public c10::Allocator {
 public:
  CountingAllocator() : inner_(c10::GetCPUAllocator()) {
    instance = this;
    c10::SetCPUAllocator(this, /*priority=*/200);
  }
  ~CountingAllocator() override { c10::SetCPUAllocator(inner_, /*priority=*/200); }

  c10::DataPtr allocate(std::size_t bytes) override {
    c10::DataPtr data = inner_->allocate(bytes);
    void* pointer = data.get();
    void* context = data.release_context();
    Block block{bytes, context, data.get_deleter()};
    const std::lock_guard lock(mutex_);
    live += bytes;
    blocks_[pointer] = block;
    return {pointer, pointer, &release, c10::Device(c10::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override { default_copy_data(to, from, bytes); }

  std::size_t live = 0;
  static CountingAllocator* instance;

 private:
  struct Block {
    std::size_t bytes;
    void* context;
    c10::DeleterFnPtr deleter;
  };

  static void release(void* pointer) {
    if (pointer == nullptr) return;
    Block block;
    {
      const std::lock_guard lock(instance->mutex_);
      const auto found = instance->blocks_.find(pointer);
      block = found->second;
      instance->live -= block.bytes;
      instance->blocks_.erase(found);
    }
    block.deleter(block.context);
  }

  c10::Allocator* inner_;
  std::mutex mutex_;
  std::map<void*, Block> blocks_;
};

CountingAllocator* CountingAllocator::instance = nullptr;

// Bytes alive between forward and backward of norm and activation, in buffers of the input's size. The input is the
// output of an operation that doesn't keep it, as a convolution's is, and nobody else holds it.
double kept(const std::string& name, const norm::Slot& slot, bool with_relu) {
  const auto norm = norm::make(config::default_variant("norm", name), slot);
  std::vector<std::int64_t> shape{64, slot.channels};
  shape.insert(shape.end(), slot.spatial.begin(), slot.spatial.end());
  torch::Tensor leaf = torch::randn(shape).requires_grad_();
  CountingAllocator counter;
  torch::Tensor x = leaf + 1.0;
  torch::Tensor y = norm->forward(x);
  x.reset();
  if (with_relu) y = torch::relu(y);
  const auto live = static_cast<double>(counter.live);
  y.sum().backward();
  y.reset();
  leaf.mutable_grad().reset();
  for (auto& parameter : norm->parameters()) parameter.mutable_grad().reset();
  return live / (static_cast<double>(leaf.numel()) * sizeof(float));
}

const norm::Slot kConv1{"norm1", 32, {26, 26}};
const norm::Slot kConv2{"norm2", 64, {24, 24}};

TEST_CASE("in-place batch norm keeps at least 45% less than batch norm and ReLU") {
  for (const auto& slot : {kConv1, kConv2}) {
    const double plain = kept("batch", slot, true);
    const double inplace = kept("batch_inplace", slot, false);
    INFO(slot.name << ": batch and relu " << plain << " buffers, batch_inplace " << inplace);
    CHECK(plain == Approx(2).epsilon(0.01));
    CHECK(inplace == Approx(1).epsilon(0.01));
    CHECK(inplace <= 0.55 * plain);
  }
}

TEST_CASE("efficient batch norm keeps its input beside its output, the reference the normalized values") {
  for (const auto& slot : {kConv1, kConv2}) {
    INFO(slot.name);
    CHECK(kept("batch_efficient", slot, true) == Approx(2).epsilon(0.01));
    // The reference's normalized values take the place of the input, which is free then.
    CHECK(kept("batch_reference", slot, true) == Approx(2).epsilon(0.01));
    CHECK(kept("sync_batch", slot, true) >= 2);
  }
}

}  // namespace
}  // namespace bnexp
