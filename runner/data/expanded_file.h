// A file read as its uncompressed bytes: expanded if it starts with gzip's magic number, else as it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

namespace bnexp::data {

class ExpandedFile {
 public:
  // Throws Error(environment) when it is not a readable regular file.
  explicit ExpandedFile(const std::filesystem::path& path);
  ~ExpandedFile();
  ExpandedFile(const ExpandedFile&) = delete;
  ExpandedFile& operator=(const ExpandedFile&) = delete;

  // Reads up to `count` bytes, fewer only at the end of the file. Throws Error(environment) when reading fails, or when
  // the gzip stream is cut off or damaged (its CRC is checked before the end is reported).
  std::size_t read(void* out, std::size_t count);

  // Upper bound of the uncompressed size: the file's size when plain; deflate packs at most 1032:1.
  std::uint64_t most_bytes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bnexp::data
