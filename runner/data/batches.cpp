#include "data/batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <limits>

#include "base/error.h"
#include "base/random.h"

namespace bnexp::data {

Batches::Batches(Split split, std::int64_t pixels, std::int64_t batch_size, bool drop_last, std::uint64_t seed)
    : split_(split), pixels_(pixels), batch_size_(batch_size), drop_last_(drop_last), seed_(seed) {
  assert(split.count > 0 && batch_size > 0);
  if (batches_per_epoch() == 0) {
    throw usage_error(fmt::format("train.batch_size is {}, but there are only {} images to train on, and "
                                  "train.drop_last drops what doesn't fill a batch",
                                  batch_size, split.count),
                      "set a smaller train.batch_size, or train.drop_last: false");
  }
}

std::int64_t Batches::batches_per_epoch() const {
  return drop_last_ ? split_.count / batch_size_ : (split_.count + batch_size_ - 1) / batch_size_;
}

void Batches::shuffle() {
  order_ = Random(seed_, fmt::format("shuffle/{}", epoch_)).permutation(static_cast<std::uint32_t>(split_.count));
}

Json Batches::position() const { return {{"epoch", epoch_}, {"batch", batch_in_epoch_}}; }

void Batches::seek(const Json& position) {
  const auto number = [&](const char* name) {
    return position.is_object() && position.contains(name) && position[name].is_number_integer()
               ? position[name].get<std::int64_t>()
               : std::int64_t{-2};
  };
  const std::int64_t epoch = number("epoch");
  const std::int64_t batch = number("batch");
  const std::int64_t last = std::numeric_limits<std::int64_t>::max() / batches_per_epoch() - 2;
  if (epoch < -1 || epoch > last || batch < 0 || batch >= batches_per_epoch() || (epoch == -1 && batch > 0)) {
    throw environment_error(
        fmt::format("{} is not a position in epochs of {} batches", to_line(position), batches_per_epoch()),
        "train the trial from its start");
  }
  epoch_ = epoch;
  batch_in_epoch_ = batch;
  if (batch > 0) shuffle();
}

std::int64_t Batches::taken() const {
  return (epoch_ + (batch_in_epoch_ == 0 ? 1 : 0)) * batches_per_epoch() + batch_in_epoch_;
}

const std::vector<std::uint32_t>& Batches::next() {
  if (batch_in_epoch_ == 0) {
    ++epoch_;
    shuffle();
  }
  const auto first = order_.begin() + batch_in_epoch_ * batch_size_;
  batch_.assign(first, first + std::min<std::int64_t>(batch_size_, order_.end() - first));
  batch_in_epoch_ = (batch_in_epoch_ + 1) % batches_per_epoch();
  return batch_;
}

std::int64_t Batches::fill(const Normalizer& normalizer, float* images, std::int64_t* labels) const {
  for (const std::uint32_t index : batch_) {
    normalizer.apply(split_.images + index * pixels_, pixels_, images);
    images += pixels_;
    *labels++ = split_.labels[index];
  }
  return static_cast<std::int64_t>(batch_.size());
}

}  // namespace bnexp::data
