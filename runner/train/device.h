// What a trial needs of LibTorch besides tensors on its device.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <optional>

namespace bnexp::train {

// To be called before the first tensor of a trial is made, for any device. LibTorch then works in one thread, and on a
// CUDA device
// - fp32 is fp32: by default, cuDNN's convolutions round their factors to TF32, which has 10 bits;
// - bfloat16 products are summed in fp32 throughout;
// - equal inputs give equal bits on one card if LibTorch has such an algorithm. If it has none, which can only be in a
//   norm from Python, it warns.
void prepare(const torch::Device& device);

// Gives memory that LibTorch keeps for the next tensors back to the device, which other processes may share.
void release_memory(const torch::Device& device);

// The most that tensors have taken of the device's memory since prepare(); nullopt on a CPU, and where LibTorch doesn't
// tell.
std::optional<std::int64_t> peak_memory(const torch::Device& device);

}  // namespace bnexp::train
