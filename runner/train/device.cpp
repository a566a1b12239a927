#include "train/device.h"

#include <ATen/Context.h>
#include <c10/util/Exception.h>

#include <cstdlib>
#include <string>

// c10::getDeviceAllocator is there from 2.9 on.
#if TORCH_VERSION_MAJOR > 2 || TORCH_VERSION_MINOR >= 9
#include <c10/core/CachingDeviceAllocator.h>
#define BNEXP_DEVICE_ALLOCATOR 1
#else
#define BNEXP_DEVICE_ALLOCATOR 0
#endif

namespace bnexp::train {
namespace {

struct Silent final : c10::WarningHandler {
  void process(const c10::Warning&) override {}
};

// LibTorch calls these functions deprecated. What replaces them differs from version to version.
void turn_off_tf32() {
  Silent silent;
  const c10::WarningUtils::WarningHandlerGuard guard(&silent);
  at::globalContext().setAllowTF32CuDNN(false);
  at::globalContext().setAllowTF32CuBLAS(false);
}

#if BNEXP_DEVICE_ALLOCATOR
// Null before LibTorch has started the device.
c10::DeviceAllocator* allocator_of(const torch::Device& device) {
  if (device.is_cpu()) return nullptr;
  auto* allocator = c10::getDeviceAllocator(device.type());
  return allocator->initialized() ? allocator : nullptr;
}

c10::DeviceIndex index_of(const torch::Device& device) {
  return device.has_index() ? device.index() : c10::DeviceIndex{0};
}
#endif

}  // namespace

void prepare(const torch::Device& device) {
  at::set_num_threads(1);
  const bool is_cuda = device.is_cuda();
  at::Context& context = at::globalContext();
  // Processes may train on one device after the other.
  context.setDeterministicAlgorithms(is_cuda, /*warn_only=*/true);
  if (!is_cuda) return;
  // Else memory that is to be overwritten is filled with NaN first.
  context.setDeterministicFillUninitializedMemory(false);
  context.setDeterministicCuDNN(true);
  context.setBenchmarkCuDNN(false);
  context.setAllowBF16ReductionCuBLAS(false);
  turn_off_tf32();
  // Read when cuBLAS starts: a work space of its own for each stream, without which its sums may change their order.
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
#if BNEXP_DEVICE_ALLOCATOR
  if (auto* allocator = allocator_of(device)) allocator->resetPeakStats(index_of(device));
#endif
}

void release_memory([[maybe_unused]] const torch::Device& device) {
#if BNEXP_DEVICE_ALLOCATOR
  if (auto* allocator = allocator_of(device)) allocator->emptyCache();
#endif
}

std::optional<std::int64_t> peak_memory([[maybe_unused]] const torch::Device& device) {
#if BNEXP_DEVICE_ALLOCATOR
  if (auto* allocator = allocator_of(device)) {
    return allocator->getDeviceStats(index_of(device)).allocated_bytes.at(0).peak;
  }
#endif
  return std::nullopt;
}

}  // namespace bnexp::train
