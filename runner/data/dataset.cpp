#include "data/dataset.h"

#include <cassert>
#include <utility>

namespace bnexp::data {
namespace {

std::size_t bytes(std::int64_t count, std::int64_t each = 1) { return static_cast<std::size_t>(count * each); }

}  // namespace

Dataset::Dataset(Header header, Arrays arrays) : header_(std::move(header)), arrays_(std::move(arrays)) {
  assert(arrays_.train_images.size() == bytes(header_.train, pixels()));
  assert(arrays_.train_labels.size() == bytes(header_.train));
  assert(arrays_.test_images.size() == bytes(header_.test, pixels()));
  assert(arrays_.test_labels.size() == bytes(header_.test));
  arrays_.train_images.seal();
  arrays_.train_labels.seal();
  arrays_.test_images.seal();
  arrays_.test_labels.seal();
}

Dataset::Arrays Dataset::allocate(const Header& header) {
  const std::int64_t each = header.rows * header.columns;
  return {SharedBytes(bytes(header.train, each)), SharedBytes(bytes(header.train)),
          SharedBytes(bytes(header.test, each)), SharedBytes(bytes(header.test))};
}

Split Dataset::train(std::int64_t validation) const {
  assert(0 <= validation && validation < header_.train);
  return {arrays_.train_images.data(), arrays_.train_labels.data(), header_.train - validation};
}

Split Dataset::validation(std::int64_t validation) const {
  assert(0 <= validation && validation < header_.train);
  const std::int64_t first = header_.train - validation;
  return {arrays_.train_images.data() + first * pixels(), arrays_.train_labels.data() + first, validation};
}

Split Dataset::test() const { return {arrays_.test_images.data(), arrays_.test_labels.data(), header_.test}; }

}  // namespace bnexp::data
