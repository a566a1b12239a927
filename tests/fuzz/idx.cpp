// An IDX file, plain or gzip, as images and as labels.
#include "data/idx.h"

#include "base/error.h"
#include "fuzz/input_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bnexp;
  const auto file = fuzz::write_file("idx", fuzz::text_of(data, size));
  Sha256 hash;
  try {
    data::read_idx_images(file, hash);
  } catch (const Error&) {  // what a user reads
  }
  try {
    data::read_idx_labels(file, hash);
  } catch (const Error&) {
  }
  return 0;
}
