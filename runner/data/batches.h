// Batches as slices of a seeded permutation, normalized while they are copied.
#pragma once

#include <cstdint>
#include <vector>

#include "base/json.h"
#include "data/dataset.h"

namespace bnexp::data {

// value -> (value / 255 - mean) / std, computed in double and rounded to float: the same bits on every machine.
class Normalizer {
 public:
  Normalizer(double mean, double std);
  // `count` bytes from `pixels` to `out`.
  void apply(const std::uint8_t* pixels, std::int64_t count, float* out) const;

 private:
  double scale_;  // 1 / (255 std)
  double shift_;  // -mean / std
};

// Endless training batches. Epoch e (from 0) visits the split in the order of Random(seed, "shuffle/<e>").permutation.
class Batches {
 public:
  // Throws Error(usage) when drop_last leaves no batch at all. `pixels` per image.
  Batches(Split split, std::int64_t pixels, std::int64_t batch_size, bool drop_last, std::uint64_t seed);

  std::int64_t batches_per_epoch() const;
  // The images of the next batch: positions in the split. The last batch of an epoch is smaller unless drop_last.
  const std::vector<std::uint32_t>& next();
  std::int64_t epoch() const { return epoch_; }  // of the batch `next` returned
  // The position of the next batch, to be saved: {"epoch", "batch"}. After seek(position()), also in another object
  // with the same arguments, next() returns the same batches. Throws Error(environment) for an invalid position.
  Json position() const;
  void seek(const Json& position);
  std::int64_t taken() const;  // batches before that position
  // Copies those images, normalized (batch x pixels floats), and labels; returns their number.
  std::int64_t fill(const Normalizer& normalizer, float* images, std::int64_t* labels) const;

 private:
  void shuffle();

  Split split_;
  std::int64_t pixels_;
  std::int64_t batch_size_;
  bool drop_last_;
  std::uint64_t seed_;
  std::int64_t epoch_ = -1;
  std::int64_t batch_in_epoch_ = 0;  // of the next batch
  std::vector<std::uint32_t> order_;
  std::vector<std::uint32_t> batch_;
};

}  // namespace bnexp::data
