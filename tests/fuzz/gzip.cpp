// A gzip file, read in pieces of several sizes. Nothing checks the content of what it expands to, unlike in idx.cpp.
#include <vector>

#include "base/error.h"
#include "data/expanded_file.h"
#include "fuzz/input_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bnexp;
  const auto path = fuzz::write_file("file.gz", fuzz::text_of(data, size));
  for (const std::size_t piece : {std::size_t{1} << 16, std::size_t{61}}) {
    try {
      data::ExpandedFile file(path);
      std::uint64_t all = 0;
      for (std::size_t got = piece; got == piece; all += got) {
        std::vector<std::uint8_t> out(piece);  // new memory, so that writing past its end is noticed
        got = file.read(out.data(), piece);
      }
      if (all > file.most_bytes()) __builtin_trap();  // what callers allocate would be too small
    } catch (const Error&) {                          // what a user reads
    }
  }
  return 0;
}
